//! What a stub answers.

use axum::body::Body;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use hyper::ext::ReasonPhrase;

use super::MAX_DELAY;
use super::matching::{header_name, header_value};
use super::node::{Node, StubError};
use crate::front::broken;
use crate::wire::WireFault;

/// An answer, read and checked once.
#[derive(Default)]
pub(super) struct ResponseDefinition {
    status: StatusCode,
    reason: Option<ReasonPhrase>,
    headers: HeaderMap,
    body: Option<Bytes>,
    fault: Option<WireFault>,
    /// In milliseconds.
    pub(super) delay: Option<u32>,
}

impl ResponseDefinition {
    pub(super) fn read(node: &Node<'_>) -> Result<Self, StubError> {
        let mut response = Self::default();
        for (name, node) in node.members()? {
            match name {
                "status" => response.status = status(&node)?,
                "statusMessage" => {
                    let reason = ReasonPhrase::try_from(node.text()?.as_bytes());
                    response.reason = Some(reason.map_err(|_| node.wrong("no status line has such a message"))?);
                }
                "headers" => response.headers = headers(&node)?,
                "body" => response.set_body(&node, node.text()?.to_owned().into())?,
                "jsonBody" => response.set_body(&node, node.value.to_string().into())?,
                "base64Body" => {
                    let body = STANDARD.decode(node.text()?).map_err(|error| node.wrong(error.to_string()))?;
                    response.set_body(&node, body.into())?;
                }
                "fault" => {
                    let fault = serde_json::from_value(node.value.clone());
                    response.fault = Some(fault.map_err(|error| node.wrong(error.to_string()))?);
                }
                "fixedDelayMilliseconds" => response.delay = Some(node.integer(MAX_DELAY)?),
                // they say what would have been transformed; nothing is
                "transformers" if node.items()?.is_empty() => {}
                "transformerParameters" | "metadata" | "fromConfiguredStub" => {}
                _ => return Err(node.unknown("member of a response")),
            }
        }
        Ok(response)
    }

    fn set_body(&mut self, node: &Node<'_>, body: Bytes) -> Result<(), StubError> {
        match self.body.replace(body) {
            None => Ok(()),
            Some(_) => Err(node.wrong("a response has one of body, jsonBody and base64Body")),
        }
    }

    pub(super) fn render(&self) -> Response {
        if let Some(fault) = self.fault {
            return broken(fault);
        }
        let mut response = Response::new(self.body.clone().map_or_else(Body::empty, Body::from));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.clone();
        if let Some(reason) = &self.reason {
            response.extensions_mut().insert(reason.clone());
        }
        response
    }
}

fn status(node: &Node<'_>) -> Result<StatusCode, StubError> {
    // below 200 no answer is final, and a client would wait for another
    let status = u16::try_from(node.integer(999)?).ok().filter(|status| *status >= 200);
    status
        .and_then(|status| StatusCode::from_u16(status).ok())
        .ok_or_else(|| node.wrong("it must be a status from 200 to 999"))
}

/// Those of the framing are left out: the server frames the body that it sends.
fn headers(node: &Node<'_>) -> Result<HeaderMap, StubError> {
    let mut headers = HeaderMap::new();
    for (name, node) in node.members()? {
        let name = header_name(name, &node)?;
        if name == header::CONTENT_LENGTH || name == header::TRANSFER_ENCODING {
            continue;
        }
        for value in if node.value.is_array() { node.items()? } else { vec![node] } {
            headers.append(name.clone(), header_value(&value)?);
        }
    }
    Ok(headers)
}
