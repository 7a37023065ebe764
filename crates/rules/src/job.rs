//! Tasks, workers and asynchronous code.

pub(crate) mod await_on_non_awaitable;
pub(crate) mod blocking_call_in_async;
pub(crate) mod dispatch_before_commit;
pub(crate) mod fire_and_forget_task;
pub(crate) mod non_durable_background_job;
pub(crate) mod queue_without_consumer;
mod task_names;
pub(crate) mod task_without_time_limit;
pub(crate) mod unregistered_task;
