use std::io::{self, Read};
use std::sync::Arc;

use bytes::{Buf, Bytes};
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::runtime::Runtime;

use super::STALL;
use crate::stream::{Cause, Compression};

/// A file on its way.
pub(crate) struct Transfer {
    pub(crate) body: Box<dyn Read + Send>,
    /// How the service says that it is compressed, where the bytes do not tell.
    pub(crate) coding: Compression,
}

/// A transfer as bytes to read, which fails when it ends before the size that was announced.
pub(super) struct Body {
    runtime: Arc<Runtime>,
    stream: BoxStream<'static, object_store::Result<Bytes>>,
    chunk: Bytes,
    /// Bytes that are still to come, if it was announced.
    left: Option<u64>,
    /// What a failure is called.
    said: fn(&object_store::Error) -> String,
}

impl Body {
    /// A transfer of so many bytes, if it is known; `said` names a failure.
    pub(super) fn new(
        runtime: Arc<Runtime>,
        stream: BoxStream<'static, object_store::Result<Bytes>>,
        left: Option<u64>,
        said: fn(&object_store::Error) -> String,
    ) -> Self {
        Self { runtime, stream, chunk: Bytes::new(), left, said }
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.chunk.is_empty() {
            let next = async { tokio::time::timeout(STALL, self.stream.next()).await };
            let broken = |detail: String| io::Error::from(Cause::Transfer(detail));
            match self.runtime.block_on(next) {
                Err(_) => return Err(broken("nothing came for three minutes".to_owned())),
                Ok(Some(chunk)) => self.chunk = chunk.map_err(|error| broken((self.said)(&error)))?,
                Ok(None) => match self.left.take() {
                    Some(left @ 1..) => return Err(broken(format!("it ended {left} bytes early"))),
                    _ => return Ok(0),
                },
            }
        }
        let n = buffer.len().min(self.chunk.len());
        self.chunk.copy_to_slice(&mut buffer[..n]);
        self.left = self.left.map(|left| left.saturating_sub(n as u64));
        Ok(n)
    }
}
