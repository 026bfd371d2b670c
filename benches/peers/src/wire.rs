//! HTTP/1.1 as a client reads it, with as little work as will do: status, length, chunks.

use std::io;

use memchr::memmem;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// What is read at once.
const BUFFER: usize = 256 * 1024;

/// A connection that stays open.
pub(crate) struct Connection<S> {
    stream: S,
    buffer: Vec<u8>,
    head: Vec<u8>,
}

/// How the end of a body is told.
enum Length {
    Known(usize),
    Chunks(Chunks),
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self {
            stream,
            // The system gives it out page by page: an idle stream takes one.
            buffer: vec![0; BUFFER],
            head: Vec::new(),
        }
    }

    /// Sends a request, reads its answer and returns the status.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> io::Result<u16> {
        self.answer(request, None).await
    }

    /// The same, and returns the body as well.
    pub(crate) async fn collect(&mut self, request: &[u8]) -> io::Result<(u16, Vec<u8>)> {
        let mut body = Vec::new();
        let status = self.answer(request, Some(&mut body)).await?;
        Ok((status, body))
    }

    /// Sends a request whose answer does not end, and returns the status.
    pub(crate) async fn open(&mut self, request: &[u8]) -> io::Result<u16> {
        self.stream.write_all(request).await?;
        self.head().await?;
        status(&self.head)
    }

    /// Reads a stream until it has said this.
    pub(crate) async fn hear(&mut self, word: &[u8]) -> io::Result<()> {
        let mut filled = 0;
        loop {
            filled += self.read(filled).await?;
            if memmem::find(&self.buffer[..filled], word).is_some() {
                return Ok(());
            }
            if filled == self.buffer.len() {
                self.buffer.copy_within(filled - word.len().., 0);
                filled = word.len();
            }
        }
    }

    /// Returns a header of the last answer; the name is in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let head = str::from_utf8(&self.head).ok()?;
        find(head, name)
    }

    async fn answer(&mut self, request: &[u8], mut kept: Option<&mut Vec<u8>>) -> io::Result<u16> {
        self.stream.write_all(request).await?;
        let (mut start, mut filled) = self.head().await?;
        let status = status(&self.head)?;
        let mut length = length(&self.head, status)?;
        loop {
            let piece = &self.buffer[start..filled];
            let done = match &mut length {
                Length::Known(rest) => {
                    *rest = rest.checked_sub(piece.len()).ok_or_else(more)?;
                    *rest == 0
                }
                Length::Chunks(chunks) => chunks.feed(piece)?,
            };
            if let Some(kept) = kept.as_deref_mut() {
                kept.extend_from_slice(piece);
            }
            if done {
                return Ok(status);
            }
            (start, filled) = (0, self.read(0).await?);
        }
    }

    /// Reads to the end of the head, and returns where in the buffer the rest is.
    async fn head(&mut self) -> io::Result<(usize, usize)> {
        let mut filled = 0;
        loop {
            filled += self.read(filled).await?;
            if let Some(end) = memmem::find(&self.buffer[..filled], b"\r\n\r\n") {
                self.head.clear();
                self.head.extend_from_slice(&self.buffer[..end + 2]);
                return Ok((end + 4, filled));
            }
            if filled == self.buffer.len() {
                return Err(bad("a head that is too large"));
            }
        }
    }

    async fn read(&mut self, from: usize) -> io::Result<usize> {
        match self.stream.read(&mut self.buffer[from..]).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            read => Ok(read),
        }
    }
}

fn bad(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn more() -> io::Error {
    bad("more bytes than announced")
}

fn status(head: &[u8]) -> io::Result<u16> {
    let digits = head.get(9..12).and_then(|it| str::from_utf8(it).ok());
    let status = digits.and_then(|it| it.parse().ok());
    status.ok_or_else(|| bad("no status"))
}

fn length(head: &[u8], status: u16) -> io::Result<Length> {
    let head = str::from_utf8(head).map_err(|_| bad("a head that is not text"))?;
    if let Some(length) = find(head, "content-length") {
        let length = length
            .parse()
            .map_err(|_| bad("a length that is no number"))?;
        return Ok(Length::Known(length));
    }
    if find(head, "transfer-encoding").is_some() {
        return Ok(Length::Chunks(Chunks::Size(0)));
    }
    if status == 204 {
        return Ok(Length::Known(0));
    }
    Err(bad("a body without length or chunks"))
}

fn find<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.split("\r\n").find_map(|line| {
        let (key, value) = line.split_at_checked(name.len())?;
        let value = value.strip_prefix(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// How far the chunks of a body have been read.
enum Chunks {
    /// In the size, which is this so far.
    Size(usize),
    /// After the size, in what we do not read.
    Extension(usize),
    Data(usize),
    /// In the line end after the data.
    DataEnd,
    /// After the last chunk; we know of no server that sends trailers.
    End,
}

impl Chunks {
    /// Reads on, and tells whether this is the end of the body.
    fn feed(&mut self, mut piece: &[u8]) -> io::Result<bool> {
        while let Some((&byte, rest)) = piece.split_first() {
            if let Self::Data(left) = self {
                let taken = piece.len().min(*left);
                *left -= taken;
                piece = &piece[taken..];
                if *left == 0 {
                    *self = Self::DataEnd;
                }
                continue;
            }
            piece = rest;
            if byte != b'\n' {
                self.within(byte)?;
            } else if matches!(self, Self::End) {
                return piece.is_empty().then_some(true).ok_or_else(more);
            } else {
                self.line_end();
            }
        }
        Ok(false)
    }

    fn within(&mut self, byte: u8) -> io::Result<()> {
        let Self::Size(size) = *self else {
            return Ok(());
        };
        *self = match char::from(byte).to_digit(16) {
            Some(digit) => Self::Size(size * 16 + digit as usize),
            None if matches!(byte, b'\r' | b';') => Self::Extension(size),
            None => return Err(bad("a chunk without size")),
        };
        Ok(())
    }

    fn line_end(&mut self) {
        *self = match *self {
            Self::Size(0) | Self::Extension(0) => Self::End,
            Self::Size(size) | Self::Extension(size) => Self::Data(size),
            _ => Self::Size(0),
        };
    }
}
