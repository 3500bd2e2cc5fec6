//! Everything that is logged while the tests of this file run, by any crate, at any level.

use std::fmt::{Debug, Write};
use std::sync::{Mutex, Once};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

static LINES: Mutex<String> = Mutex::new(String::new());
static START: Once = Once::new();

pub fn start() {
    START.call_once(|| tracing::subscriber::set_global_default(Collector).unwrap());
}

pub fn text() -> String {
    LINES.lock().unwrap().clone()
}

struct Collector;

struct Values;

impl Visit for Values {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        writeln!(LINES.lock().unwrap(), "{field}={value:?}").unwrap();
    }
}

impl Subscriber for Collector {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut Values);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Values);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Values);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
