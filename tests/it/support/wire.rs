//! HTTP/1.1 by hand, for what a client library hides.

use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http_body_util::BodyExt;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::Call;

/// A connection that says exactly what a test says.
pub struct Wire {
    stream: TcpStream,
    read: BytesMut,
    /// How many reads it took so far to get what came.
    pub reads: usize,
}

impl Wire {
    /// Connects, with the defaults of the system: no `TCP_NODELAY`.
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("a connection");
        Self {
            stream,
            read: BytesMut::new(),
            reads: 0,
        }
    }

    /// Sends these bytes.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        self.stream.write_all(bytes).await.expect("written");
    }

    /// Reads what is there; `false` at the end of the connection.
    pub async fn more(&mut self) -> bool {
        self.reads += 1;
        self.read.reserve(64 * 1024);
        self.stream.read_buf(&mut self.read).await.expect("read") > 0
    }

    /// Closes the connection, and waits until the other side has let go of it.
    pub async fn hang_up(mut self) {
        self.stream.shutdown().await.expect("closed");
        // What was still under way is of no interest, and no more is an abort.
        while matches!(self.stream.read_buf(&mut self.read).await, Ok(1..)) {}
    }

    /// Reads the head of a response, its empty line included.
    pub async fn head(&mut self) -> String {
        loop {
            let end = self.read.windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(end) = end {
                let head = self.read.split_to(end + 4);
                return String::from_utf8(head.to_vec()).expect("ASCII");
            }
            assert!(self.more().await, "the connection ended in a head");
        }
    }

    /// Reads a whole response with a length.
    pub async fn response(&mut self) -> (String, Vec<u8>) {
        let head = self.head().await;
        let length = header(&head, "content-length").expect("a length");
        let length: usize = length.parse().expect("a number");
        while self.read.len() < length {
            assert!(self.more().await, "the connection ended in a body");
        }
        (head, self.read.split_to(length).to_vec())
    }

    /// Reads one chunk of a chunked body; empty at its end.
    pub async fn chunk(&mut self) -> Vec<u8> {
        let end = loop {
            match self.read.windows(2).position(|two| two == b"\r\n") {
                Some(end) => break end,
                None => assert!(self.more().await, "the connection ended before a chunk"),
            }
        };
        let size = std::str::from_utf8(&self.read[..end]).expect("ASCII");
        let size = usize::from_str_radix(size, 16).expect("a size");
        let whole = end + 2 + size + 2;
        while self.read.len() < whole {
            assert!(self.more().await, "the connection ended in a chunk");
        }
        let chunk = self.read.split_to(whole);
        chunk[end + 2..end + 2 + size].to_vec()
    }

    /// Reads all chunks that are left, as one text.
    pub async fn chunks(&mut self) -> String {
        let mut text = Vec::new();
        loop {
            let chunk = self.chunk().await;
            if chunk.is_empty() {
                return String::from_utf8(text).expect("UTF-8");
            }
            text.extend_from_slice(&chunk);
        }
    }
}

/// Returns a header of a head.
pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// Takes a call apart: its head, and the whole of its body.
pub async fn apart(call: Call) -> (Parts, Bytes) {
    let (parts, body) = call.build().1.into_parts();
    let body = body.collect().await.expect("a body");
    (parts, body.to_bytes())
}

/// Writes a call as HTTP/1.1 sends it.
pub async fn text_of(call: Call) -> Vec<u8> {
    let (parts, body) = apart(call).await;
    let line = format!("{} {} HTTP/1.1\r\n", parts.method, parts.uri);
    let mut text = line.into_bytes();
    for (name, value) in &parts.headers {
        text.extend_from_slice(name.as_str().as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    let length = format!("content-length: {}\r\n\r\n", body.len());
    text.extend_from_slice(length.as_bytes());
    text.extend_from_slice(&body);
    text
}
