//! What is logged, read back.

use std::{cell::RefCell, io, sync::Once};

use tracing_subscriber::fmt::MakeWriter;

thread_local! {
    static LOG: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

static INSTALLED: Once = Once::new();

/// What this thread logs from now on; the tests of one binary run on threads of their own.
pub struct Log(());

impl Log {
    /// Begins to read along.
    pub fn capture() -> Self {
        // One subscriber for all threads: with one per thread, a thread without any
        // could decide for all that nobody is interested in an event.
        INSTALLED.call_once(|| {
            let subscriber = tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_ansi(false)
                .with_writer(Sink)
                .finish();
            // Where another test was first, its subscriber stays and the log is empty.
            let _ = tracing::subscriber::set_global_default(subscriber);
        });
        LOG.set(Some(Vec::new()));
        Self(())
    }

    /// Returns what was logged so far.
    #[expect(
        clippy::unused_self,
        reason = "there is a log only while it is captured"
    )]
    pub fn text(&self) -> String {
        LOG.with_borrow(|log| String::from_utf8_lossy(log.as_deref().unwrap_or_default()).into())
    }

    /// Returns the lines that hold `part`.
    pub fn lines_with(&self, part: &str) -> Vec<String> {
        let text = self.text();
        text.lines()
            .filter(|line| line.contains(part))
            .map(str::to_owned)
            .collect()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        LOG.set(None);
    }
}

struct Sink;

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A thread that goes down may still say something; nobody reads it.
        let _ = LOG.try_with(|log| {
            if let Some(log) = &mut *log.borrow_mut() {
                log.extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Sink {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}
