//! One module a kind of file: each cuts a [`Stream`](crate::stream::Stream) into records and hands them on in batches.

pub(crate) mod archive;
pub(crate) mod columnar;
pub(crate) mod feed;
pub(crate) mod json;
pub(crate) mod lines;
pub(crate) mod table;
pub(crate) mod warc;
