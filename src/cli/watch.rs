//! A progress bar that follows the counts of work.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::Progress;

/// Period of the looks at the counts.
const PERIOD: Duration = Duration::from_millis(100);

/// Follows work until it is dropped; then the bar is gone.
pub struct Watch {
    progress: Progress,
    thread: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Watch {
    /// Nobody looks, and nothing is counted.
    pub(super) fn nobody() -> Watch {
        Watch { progress: Progress::UNSEEN, thread: None }
    }

    /// Shows the counts on standard error, and what `beside` says. Without a thread for it nothing is shown.
    pub(super) fn begin(unit: &'static str, beside: impl Fn() -> String + Send + 'static) -> Watch {
        let progress = Progress::new();
        let (end, ended) = channel();
        let seen = progress.clone();
        let show = move || {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let mut total = None;
            while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(PERIOD) {
                let (done, expected) = (seen.done(), seen.expected());
                if total != Some(expected) {
                    total = Some(expected);
                    show_as(&bar, unit, expected);
                }
                bar.set_position(if expected > 0 { done.min(expected) } else { done });
                let beside = beside();
                bar.set_message(if beside.is_empty() { beside } else { format!("; {beside}") });
            }
            bar.finish_and_clear();
        };
        let thread = Builder::new().name("progress".to_owned()).spawn(show);
        Watch { progress, thread: thread.ok().map(|thread| (end, thread)) }
    }

    /// Where work counts.
    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }
}

/// A bar with the time left where the end is known, otherwise the count.
fn show_as(bar: &ProgressBar, unit: &str, expected: u64) {
    let template = if expected > 0 {
        bar.set_length(expected);
        format!("{{wide_bar}} {{human_pos}}/{{human_len}} {unit}, {{eta}} left{{msg}}")
    } else {
        format!("{{spinner}} {{human_pos}} {unit}, {{elapsed}}{{msg}}")
    };
    ProgressStyle::with_template(&template).map(|style| bar.set_style(style)).ok();
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.thread.take() {
            drop(end);
            // It shows and does nothing else.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watch_ends_with_its_work_and_nobody_counts_nothing() {
        let watch = Watch::begin("rows", || "waves.vcd 2 kB".to_owned());
        watch.progress().expect(2);
        watch.progress().add(1);
        assert_eq!(watch.progress().done(), 1);
        drop(watch);
        let nobody = Watch::nobody();
        nobody.progress().add(1);
        assert_eq!(nobody.progress().done(), 0);
    }
}
