//! End-to-end tests: the real binary with the real committed weights, as a user would call it.
#![allow(clippy::unwrap_used)]

mod annotate;
mod compare;
mod events;
mod extract;
mod formats;
mod frames;
mod hostile;
mod input;
mod kill;
mod measure;
mod models;
mod moods;
mod openmetrics;
mod remote;
mod run;
mod schedule;
mod store;
mod support;
mod swap;
mod usage;
mod watch;
