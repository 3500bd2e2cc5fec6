//! What the fuzz targets share. One target is one check of [`check::TARGETS`]; `scripts/fuzz` runs them.

use std::cell::RefCell;
use std::panic::{self, PanicHookInfo};
use std::process;

pub mod check;

thread_local! {
    /// The last panic of other people's code, for when it turns out that nobody has caught it.
    static FOREIGN: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Replaces libFuzzer's hook, which ends the process at every panic: decoders of other people's formats may panic on
/// damaged data where the reader expects it, but no line of Dyad's may.
pub fn watch_panics() {
    let abort = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if is_foreign(panic) {
            FOREIGN.with_borrow_mut(|last| *last = panic.to_string());
        } else {
            report_foreign();
            abort(panic);
        }
    }));
}

/// Runs a check; a panic that comes out of it, wherever it started, is a crash.
pub fn run(check: check::Check, bytes: &[u8]) {
    if panic::catch_unwind(|| check(bytes)).is_err() {
        report_foreign();
        process::abort();
    }
    FOREIGN.with_borrow_mut(String::clear);
}

/// Whether the code that panics came from a registry or is the standard library itself; a panic in the latter that is
/// the fault of its caller has the place of the call.
fn is_foreign(panic: &PanicHookInfo<'_>) -> bool {
    panic
        .location()
        .is_some_and(|place| place.file().contains("/registry/src/") || place.file().starts_with("/rustc/"))
}

fn report_foreign() {
    FOREIGN.with_borrow(|last| {
        if !last.is_empty() {
            eprintln!("before that, in the code of others: {last}");
        }
    });
}
