//! Tasks, workers and asynchronous code.

pub(crate) mod fire_and_forget_task;
