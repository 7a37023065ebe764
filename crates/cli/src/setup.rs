//! The options that decide what is analysed and how, and the settings they come to.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread::available_parallelism;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use backlint_engine::{Config, ConfigSource, Date, Environment, Overrides, Settings};
use clap::Args;

/// Where the configuration comes from, and what it runs on.
#[derive(Debug, Args)]
#[command(next_help_heading = "Configuration")]
pub(crate) struct SetupArguments {
    /// Use this configuration instead of the nearest `backlint.toml` or `pyproject.toml`
    #[arg(long, value_name = "FILE", conflicts_with = "isolated")]
    config: Option<PathBuf>,

    /// Use no configuration file
    #[arg(long)]
    isolated: bool,

    /// How many threads to use; as many as there are cores by default
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,

    /// Keep nothing for later runs, which is what this version always does
    #[arg(long)]
    no_cache: bool,
}

impl SetupArguments {
    /// The settings for `paths`.
    pub(crate) fn settings(&self, paths: &[PathBuf], overrides: Overrides) -> Result<Settings> {
        let working_directory = std::env::current_dir()
            .context("cannot tell the working directory; change to a folder that exists and may be read")?;
        let config = Config::load(&self.source(), paths, &working_directory)?.with(overrides);
        let threads = self.threads.or_else(|| available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
        Ok(config.resolve(Environment { working_directory, today: today(), threads })?)
    }

    fn source(&self) -> ConfigSource {
        match &self.config {
            Some(file) => ConfigSource::File(file.clone()),
            None if self.isolated => ConfigSource::Isolated,
            None => ConfigSource::Nearest,
        }
    }
}

/// The day it is in Greenwich. A clock before 1970 counts as its first day.
fn today() -> Date {
    const SECONDS: u64 = 24 * 60 * 60;
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    date_of(since_epoch.as_secs() / SECONDS)
}

/// The date of a day by its number, day 0 being 1970-01-01.
///
/// The year is taken to begin in March, so that the leap day is its last. 400 such years are 146,097 days, and the days
/// before a month are 153 for every five months.
fn date_of(day: u64) -> Date {
    const MARCH_OF_YEAR_0: u64 = 719_468;
    let day = day + MARCH_OF_YEAR_0;
    let (era, day) = (day / 146_097, day % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = u16::try_from(400 * era + year + carry).unwrap_or(u16::MAX);
    (year, narrow(month), narrow(day))
}

fn narrow(number: u64) -> u8 {
    u8::try_from(number).expect("internal error: months and days are below 32")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_dates() {
        let dates = [
            (0, (1970, 1, 1)),
            (58, (1970, 2, 28)),
            (59, (1970, 3, 1)),
            (11_016, (2000, 2, 29)),
            (11_017, (2000, 3, 1)),
            (20_453, (2025, 12, 31)),
            (20_454, (2026, 1, 1)),
            (47_540, (2100, 2, 28)),
            (47_541, (2100, 3, 1)),
        ];
        for (day, date) in dates {
            assert_eq!(date_of(day), date, "day {day}");
        }
    }
}
