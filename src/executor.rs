//! Runs what answers a call, and waits for JavaScript's promises. A call goes on in the very turn in which the promise that it
//! waits for settles; `wasm-bindgen`'s own executor asks for a microtask then, and makes two closures for each wait.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use futures_channel::oneshot::{self, Sender};
use slab::Slab;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::Closure;
use worker::js_sys::Promise;
use worker::send::{IntoSendFuture as _, SendWrapper};
use worker::wasm_bindgen_futures::spawn_local;

use crate::glue;

/// Runs this until it first waits, and goes on whenever it can.
pub(crate) fn run(future: impl Future<Output = ()> + 'static) {
    let running: Running = Box::pin(future);
    Arc::new(Task(SendWrapper::new(RefCell::new(Some(running))))).run();
}

type Running = Pin<Box<dyn Future<Output = ()>>>;

/// What runs; nothing where it is done.
struct Task(SendWrapper<RefCell<Option<Running>>>);

impl Task {
    fn run(self: Arc<Self>) {
        // what runs is run by nobody else meanwhile
        let Ok(mut future) = self.0.try_borrow_mut() else { return };
        let waker = Waker::from(Arc::clone(&self));
        if let Some(running) = &mut *future
            && running.as_mut().poll(&mut Context::from_waker(&waker)).is_ready()
        {
            *future = None;
        }
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        if SETTLING.take() {
            self.run();
        } else {
            // who else wakes it may have something to do yet before it can go on, and so it goes on after that
            spawn_local(async { self.run() });
        }
    }
}

/// What a promise resolves to, or the error with which it was rejected.
type Outcome = Result<JsValue, JsValue>;

thread_local! {
    /// Whether a promise wakes what waits for it, which nothing else is to be done before.
    static SETTLING: Cell<bool> = const { Cell::new(false) };
    /// What is waited for, each at a place that JavaScript knows it by.
    static WAITS: RefCell<Slab<Sender<Outcome>>> = const { RefCell::new(Slab::new()) };
    static SETTLE: Closure<dyn Fn(usize, bool, JsValue)> = Closure::new(settle);
}

/// Waits for a promise's end.
pub(crate) fn settled(promise: &Promise) -> impl Future<Output = Outcome> + Send + use<> {
    let (sender, receiver) = oneshot::channel();
    let place = WAITS.with_borrow_mut(|waits| waits.insert(sender));
    SETTLE.with(|settle| glue::wait(promise, place, settle));
    // a sender is dropped only when it has sent
    async { receiver.await.unwrap_or_else(|canceled| Err(canceled.to_string().into())) }.into_send()
}

/// Called by JavaScript, once for each wait.
fn settle(place: usize, is_resolved: bool, value: JsValue) {
    let Some(sender) = WAITS.with_borrow_mut(|waits| waits.try_remove(place)) else { return };
    SETTLING.set(true);
    // who waited may be gone
    let _ = sender.send(if is_resolved { Ok(value) } else { Err(value) });
    // not every waker asks, and it holds for this one alone
    SETTLING.set(false);
}
