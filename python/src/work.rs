//! Work that takes time: on the threads of this process, with the interpreter released, and ended early by an exception of a signal.

use std::cell::RefCell;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::sync::mpsc::{RecvTimeoutError, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use pyo3::exceptions::PyRuntimeWarning;
use pyo3::prelude::*;
use rayon::{ThreadPool, Yield};
use spikemesh::threads::Threads;
use spikemesh::{Progress, Stop};

use crate::error::{defect, detached, raise, text};

/// Period of the looks at signals.
const HEARTBEAT: Duration = Duration::from_millis(50);
/// Period of the looks at an answer of the calling thread, where the pool has nothing else to do.
const ANSWER: Duration = Duration::from_micros(50);

thread_local! {
    /// What the calls of this thread show their progress to.
    static WATCHER: RefCell<Option<Py<PyAny>>> = const { RefCell::new(None) };
}

/// Sets the function that is called with what is done and what there is to do, by the calls of this thread from here on. Gives the one before.
#[pyfunction]
pub fn watch(watcher: Option<Py<PyAny>>) -> Option<Py<PyAny>> {
    WATCHER.replace(watcher)
}

/// A function that is shown how far work is.
struct Watcher {
    function: Py<PyAny>,
    progress: Progress,
    shown: Option<(u64, u64)>,
}

impl Watcher {
    /// Calls the function if there is more to show. Calls inside of it show nothing.
    fn show(&mut self, py: Python<'_>) -> PyResult<()> {
        let counts = (self.progress.done(), self.progress.expected());
        if counts.1 == 0 || self.shown == Some(counts) {
            return Ok(());
        }
        self.shown = Some(counts);
        let outer = WATCHER.take();
        let result = self.function.call1(py, counts).map(|_| ());
        WATCHER.set(outer);
        result
    }
}

/// The pool of a process. After a fork the child has the object, but not its threads.
struct ProcessPool {
    process: u32,
    pool: Arc<ThreadPool>,
}

/// It is only looked at with the interpreter held, so a fork by Python never finds it locked.
static POOL: Mutex<Option<ProcessPool>> = Mutex::new(None);

/// The pool of this process, made at the first call.
fn pool(py: Python<'_>) -> PyResult<Arc<ThreadPool>> {
    let threads = {
        let mut slot = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(of) = slot.as_ref().filter(|of| of.process == process::id()) {
            return Ok(of.pool.clone());
        }
        let threads = Threads::of_environment();
        let pool = Arc::new(threads.pool().map_err(|error| raise([error]))?);
        // That of the parent process is forgotten: its end would tell threads that are not here.
        mem::forget(slot.replace(ProcessPool { process: process::id(), pool }));
        threads
    };
    if let Some(warning) = threads.warning {
        let message = std::ffi::CString::new(text(&warning)).unwrap_or_default();
        PyErr::warn(py, &py.get_type::<PyRuntimeWarning>(), &message, 2)?;
    }
    pool(py)
}

/// What work sees of its caller.
pub struct Caller<'c, T> {
    /// Set once a signal has raised an exception. Work that then ends early has no result to give.
    pub stop: Stop,
    /// None if the work is done on the thread of the caller.
    messages: Option<Sender<Message<'c, T>>>,
}

enum Message<'c, T> {
    /// To be called on the thread of the caller, with the interpreter.
    Call(Box<dyn FnOnce(Python<'_>) + Send + 'c>),
    Done(thread::Result<T>),
}

impl<'c, T: Send + 'c> Caller<'c, T> {
    /// Calls a function with the interpreter, on the thread of the caller, and waits for its answer; none if the caller is gone. Meanwhile this
    /// thread takes other work of the pool: the function may ask for some.
    pub fn call<R: Send + 'c>(&self, function: impl FnOnce(Python<'_>) -> R + Send + 'c) -> Option<R> {
        let Some(messages) = &self.messages else { return Some(Python::attach(function)) };
        let (answer, answers) = channel();
        let call = Box::new(move |py: Python<'_>| {
            // Fails only if nobody waits.
            let _ = answer.send(function(py));
        });
        messages.send(Message::Call(call)).ok()?;
        loop {
            match answers.try_recv() {
                Ok(answer) => return Some(answer),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) if rayon::yield_now() == Some(Yield::Executed) => {}
                Err(TryRecvError::Empty) => match answers.recv_timeout(ANSWER) {
                    Ok(answer) => return Some(answer),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return None,
                },
            }
        }
    }
}

/// As [`work`]. A task that `is_short` and asks for no other thread is done on the calling one, with the interpreter released, since to wake a thread
/// takes longer: signals are looked at behind it. A call that is watched is not.
///
/// # Errors
/// As [`work`].
pub fn work_here_if<'c, T: Send + 'c>(
    py: Python<'_>,
    is_short: bool,
    task: impl FnOnce(&Caller<'c, T>) -> T + Send + 'c,
) -> PyResult<T> {
    if !is_short || WATCHER.with_borrow(Option::is_some) {
        return work(py, task);
    }
    let result = detached(py, || task(&Caller { stop: Stop::new(), messages: None }))?;
    py.check_signals()?;
    Ok(result)
}

/// Does `task` on the threads of this process, with the interpreter released. The calling thread looks at signals meanwhile.
///
/// # Errors
/// The exception that a signal has raised, such as `KeyboardInterrupt`, once the task has ended: whatever the task gives is dropped then. A
/// panic of the task, which is a defect of the library, as a `RuntimeError`. No threads can be started: `OSError`.
pub fn work<'c, T: Send + 'c>(
    py: Python<'_>,
    task: impl FnOnce(&Caller<'c, T>) -> T + Send + 'c,
) -> PyResult<T> {
    let pool = pool(py)?;
    let (messages, heard) = channel();
    let function = WATCHER.with_borrow(|function| function.as_ref().map(|function| function.clone_ref(py)));
    let progress = if function.is_some() { Progress::new() } else { Progress::UNSEEN };
    let mut watcher = function.map(|function| Watcher { function, progress: progress.clone(), shown: None });
    let caller = Caller { stop: Stop::new().counted(&progress), messages: Some(messages.clone()) };
    let stop = caller.stop.clone();
    let watcher_of_loop = &mut watcher;
    let (result, mut raised) = py.detach(move || {
        let mut raised = None;
        let result = pool.in_place_scope(|scope| {
            scope.spawn(move |_| {
                let result = catch_unwind(AssertUnwindSafe(|| task(&caller)));
                // Fails only if the caller is gone.
                let _ = messages.send(Message::Done(result));
            });
            loop {
                match heard.recv_timeout(HEARTBEAT) {
                    Ok(Message::Done(result)) => return Some(result),
                    Ok(Message::Call(call)) => Python::attach(call),
                    Err(RecvTimeoutError::Timeout) if raised.is_none() => {
                        if let Err(error) = Python::attach(|py| {
                            py.check_signals()?;
                            watcher_of_loop.as_mut().map_or(Ok(()), |watcher| watcher.show(py))
                        }) {
                            stop.set();
                            raised = Some(error);
                        }
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return None,
                }
            }
        });
        (result, raised)
    });
    if let (None, Some(watcher)) = (&raised, &mut watcher) {
        raised = watcher.show(py).err();
    }
    match (raised, result) {
        (Some(error), _) => Err(error),
        (None, Some(result)) => result.map_err(|payload| defect(&*payload)),
        (None, None) => Err(defect(&"the work has vanished")),
    }
}
