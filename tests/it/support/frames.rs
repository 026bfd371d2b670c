//! A body as it comes, piece by piece.

use futures_util::FutureExt;
use http_body_util::BodyExt;

use super::Reply;

impl Reply {
    /// Reads the next piece of the body; `None` at its end.
    pub async fn frame(&mut self) -> Option<String> {
        let frame = self.body.frame().await?.expect("a frame");
        let data = frame.into_data().expect("data");
        Some(String::from_utf8(data.to_vec()).expect("UTF-8"))
    }

    /// Reads the next piece of the body if it is there already.
    pub fn frame_now(&mut self) -> Option<String> {
        self.frame().now_or_never().flatten()
    }
}
