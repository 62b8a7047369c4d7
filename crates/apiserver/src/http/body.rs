//! The body of an answer: all at once, or piece by piece as things happen.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::Stream;
use http_body::{Frame, SizeHint};

/// The body of an answer.
pub struct Body {
    kind: Kind,
    /// What is kept until the answer has been sent, or nobody wants it any more.
    _held: Option<Box<dyn Send>>,
}

enum Kind {
    Whole(Option<Bytes>),
    Pieces(Pin<Box<dyn Stream<Item = Bytes> + Send>>),
}

impl Body {
    pub(crate) fn whole(bytes: impl Into<Bytes>) -> Body {
        Body { kind: Kind::Whole(Some(bytes.into())), _held: None }
    }

    pub(crate) fn pieces(stream: impl Stream<Item = Bytes> + Send + 'static) -> Body {
        Body { kind: Kind::Pieces(Box::pin(stream)), _held: None }
    }

    /// The same, which keeps something as long as it is there.
    pub(crate) fn holding(self, held: impl Send + 'static) -> Body {
        Body { _held: Some(Box::new(held)), ..self }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let frame = |bytes: Option<Bytes>| bytes.map(|bytes| Ok(Frame::data(bytes)));
        match &mut self.kind {
            Kind::Whole(bytes) => Poll::Ready(frame(bytes.take())),
            Kind::Pieces(stream) => stream.as_mut().poll_next(context).map(frame),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.kind, Kind::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Kind::Pieces(_) => SizeHint::default(),
        }
    }
}
