//! Panics that are meant, and where they point.

use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook},
    sync::Once,
};

/// What a panic says, and the file it blames.
#[derive(Clone, Debug, Default)]
pub struct Panicked {
    pub message: String,
    pub file: String,
}

thread_local! {
    static LAST: RefCell<Option<Panicked>> = const { RefCell::new(None) };
}

static INSTALLED: Once = Once::new();

/// Runs something that must panic.
pub fn panic_of<R>(run: impl FnOnce() -> R) -> Panicked {
    INSTALLED.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info| {
            let message = message(info);
            let file = info.location().map(|place| place.file().to_owned());
            let caught = LAST.with_borrow_mut(|last| {
                if let Some(last) = last {
                    let file = file.unwrap_or_default();
                    *last = Panicked { message, file };
                }
                last.is_some()
            });
            if !caught {
                before(info);
            }
        }));
    });
    LAST.set(Some(Panicked::default()));
    let end = catch_unwind(AssertUnwindSafe(run));
    let panicked = LAST.take().unwrap_or_default();
    assert!(end.is_err(), "nothing panicked");
    panicked
}

fn message(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let text = payload.downcast_ref::<String>().cloned();
    let text = text.or_else(|| Some((*payload.downcast_ref::<&str>()?).to_owned()));
    text.unwrap_or_default()
}
