use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use super::fault::{Cause, Fault};

/// How much may come out of decompression before the proportion counts, in bytes: 256 MiB, and in fuzzing, where a run
/// lasts a millisecond, 1 MiB.
const FREE_BYTES: u64 = if cfg!(fuzzing) { 1 << 20 } else { 256 << 20 };

/// How much was taken from one file or standard input, and how much all decompression of it together gave:
/// shared by every layer of compression and every archive in it.
#[derive(Debug, Clone)]
pub(crate) struct Budget(Arc<Account>);

#[derive(Debug)]
struct Account {
    max_expansion: u32,
    free: u64,
    taken: AtomicU64,
    given: AtomicU64,
    exceeded: OnceLock<Fault>,
}

impl Budget {
    pub(super) fn new(max_expansion: u32) -> Self {
        Self::with_free(max_expansion, FREE_BYTES)
    }

    fn with_free(max_expansion: u32, free: u64) -> Self {
        Self(Arc::new(Account {
            max_expansion,
            free,
            taken: AtomicU64::new(0),
            given: AtomicU64::new(0),
            exceeded: OnceLock::new(),
        }))
    }

    /// Counts bytes taken from the outermost input.
    fn take(&self, bytes: u64) {
        self.0.taken.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Says how long the outermost input is, where parts of it are read in any order or more than once.
    pub(super) fn take_whole(&self, length: u64) {
        self.0.taken.fetch_max(length, Ordering::Relaxed);
    }

    /// Counts bytes that a decompression gave.
    ///
    /// # Errors
    /// [`Cause::Expansion`] when it is too many, and from then on.
    pub(crate) fn give(&self, bytes: u64) -> io::Result<()> {
        let account = &*self.0;
        let given = account.given.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        let allowed = account.taken.load(Ordering::Relaxed).saturating_mul(account.max_expansion.into());
        if given > account.free && given > allowed {
            let limit = account.max_expansion;
            account.exceeded.get_or_init(|| Fault::new(Cause::Expansion { limit }));
        }
        account.exceeded.get().map_or(Ok(()), |fault| Err(fault.clone().into()))
    }

    /// What [`Budget::give`] said when it was too many.
    pub(crate) fn exceeded(&self) -> Option<&Fault> {
        self.0.exceeded.get()
    }
}

/// Counts what is taken from the outermost input.
pub(super) struct Counted<R> {
    pub(super) reader: R,
    pub(super) budget: Budget,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.reader.read(buffer)?;
        self.budget.take(bytes as u64);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proportion_counts_above_the_free_amount_and_for_good() {
        let budget = Budget::with_free(10, 1_000);
        budget.take(5);
        assert!(budget.give(1_000).is_ok(), "up to here it is free");
        budget.take(96);
        assert!(budget.give(10).is_ok(), "1010 bytes out of 101");
        assert!(budget.give(1).is_err());
        budget.take(1_000_000);
        let error = budget.give(1).unwrap_err();
        assert!(error.to_string().contains("more than 10 times"), "{error}");
        let fault = budget.exceeded().unwrap();
        assert!(!fault.is_reported());
        Fault::of(&error).unwrap().reject(crate::inputs::origin("x".as_ref()), b"");
        assert!(fault.is_reported(), "copies share the flag");
    }

    #[test]
    fn a_length_said_at_once_is_not_added_up() {
        let budget = Budget::with_free(2, 0);
        budget.take(60);
        budget.take_whole(100);
        budget.take_whole(100);
        assert!(budget.give(200).is_ok());
        assert!(budget.give(1).is_err());
    }
}
