//! The answer to a request: given by one thread, awaited by a task of zbus.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

#[derive(Debug, Default)]
struct State {
    /// What was answered.
    result: Option<Result<(), String>>,
    waker: Option<Waker>,
}

/// Answers a request. One that is dropped says that gpucam has ended.
#[derive(Debug)]
pub struct Answer(Arc<Mutex<State>>);

/// The answer to come.
#[derive(Debug)]
pub(super) struct Awaited(Arc<Mutex<State>>);

/// Makes an answer and its future.
pub(super) fn answer() -> (Answer, Awaited) {
    let state = Arc::<Mutex<State>>::default();
    (Answer(state.clone()), Awaited(state))
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Answer {
    /// Answers: done, or a sentence that says why not.
    pub fn give(self, result: Result<(), String>) {
        lock(&self.0).result = Some(result);
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        let waker = {
            let mut state = lock(&self.0);
            state.result.get_or_insert_with(|| Err("gpucam has ended; start it again".into()));
            state.waker.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }
}

impl Future for Awaited {
    type Output = Result<(), String>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = lock(&self.0);
        match state.result.take() {
            Some(result) => Poll::Ready(result),
            None => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}
