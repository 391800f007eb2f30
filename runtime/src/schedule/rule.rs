//! When a schedule fires, and what it does where that cannot be.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind};

/// Firings that are made up for in one go; then the rest.
const AT_ONCE: usize = 100;
/// A firing that is later than this was missed.
const LATE_MILLIS: i64 = 60_000;
/// When a schedule fires: the rule of [`Engine::schedule`](crate::Engine::schedule).
///
/// ```
/// use durafn::{Missed, Overlap, Schedule};
/// use std::time::Duration;
///
/// # fn main() -> Result<(), durafn::Error> {
/// let quarters = Schedule::every(Duration::from_mins(15))?.overlap(Overlap::Queue);
/// # #[cfg(feature = "cron")]
/// let nightly = Schedule::cron("0 3 * * MON-FRI", "Europe/Berlin")?.missed(Missed::None);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Schedule {
    fires: Fires,
    #[serde(default)]
    overlap: Overlap,
    #[serde(default)]
    missed: Missed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum Fires {
    Every {
        seconds: i64,
    },
    #[serde(rename_all = "camelCase")]
    Cron {
        expression: String,
        time_zone: String,
    },
}

/// What a firing does while the execution of the one before has not ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Overlap {
    /// Nothing: it is passed over.
    #[default]
    Skip,
    /// It starts another one beside it.
    Allow,
    /// It waits for its end. Of several that wait, [`Missed`] says which are made up for.
    Queue,
    /// It stops it, with the error `Schedule.Superseded`, and starts another one.
    Stop,
}

/// What is made up for of firings that nobody was there for, because no engine ran or the one before had not ended ([`Overlap::Queue`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Missed {
    /// The last of them.
    #[default]
    Latest,
    /// All of them, in order.
    All,
    /// None. A firing that is late by up to a minute is not missed.
    None,
}

/// What is to be started now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// Moments, in milliseconds since 1970, in order.
    pub(crate) firings: Vec<i64>,
    /// When the next one is due.
    pub(crate) next: Option<i64>,
}

impl Schedule {
    /// Fires in equal steps, at the moments since 1970 that the step divides: every 15 minutes is at 0, 15, 30 and 45 minutes past the hour in UTC.
    ///
    /// # Errors
    ///
    /// When the step is shorter than a second, or no whole number of seconds.
    pub fn every(step: Duration) -> Result<Schedule, Error> {
        match i64::try_from(step.as_secs()) {
            Ok(seconds @ 1..) if step.subsec_nanos() == 0 && seconds < i64::MAX / 1_000 => {
                Ok(Schedule::new(Fires::Every { seconds }))
            }
            _ => Err(Kind::Schedule(format!(
                "a schedule fires every second at most, in whole seconds: not every {step:?}"
            ))
            .into()),
        }
    }

    /// Fires when a cron expression says so, in a time zone of the IANA database such as `Europe/Berlin` or `UTC`: minute, hour, day of the month, month
    /// and day of the week, as in [crontab](https://en.wikipedia.org/wiki/Cron#Cron_expression). Needs the feature `cron`.
    ///
    /// The rule is held against the clock of the time zone: where clocks are put forward, a moment that does not exist does not fire on that day; where they
    /// are put back, an hour that comes twice fires twice. What must fire once a day stands outside of those hours, or in UTC.
    ///
    /// # Errors
    ///
    /// When the expression cannot be read, or there is no such time zone.
    #[cfg(feature = "cron")]
    pub fn cron(expression: &str, time_zone: &str) -> Result<Schedule, Error> {
        let schedule =
            Schedule::new(Fires::Cron { expression: expression.to_owned(), time_zone: time_zone.to_owned() });
        schedule.fires.check().map_err(Kind::Schedule)?;
        Ok(schedule)
    }

    fn new(fires: Fires) -> Schedule {
        Schedule { fires, overlap: Overlap::default(), missed: Missed::default() }
    }

    /// What a firing does while the execution of the one before has not ended: [`Overlap::Skip`] unless said.
    #[must_use]
    pub fn overlap(mut self, overlap: Overlap) -> Schedule {
        self.overlap = overlap;
        self
    }

    /// What is made up for: [`Missed::Latest`] unless said.
    #[must_use]
    pub fn missed(mut self, missed: Missed) -> Schedule {
        self.missed = missed;
        self
    }

    pub(crate) fn on_overlap(&self) -> Overlap {
        self.overlap
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| unreachable!("names and numbers can be written"))
    }

    /// # Errors
    ///
    /// When it is not of this version, or was edited.
    pub(crate) fn from_json(json: &str) -> Result<Schedule, String> {
        let schedule: Schedule = serde_json::from_str(json).map_err(|error| error.to_string())?;
        schedule.fires.check()?;
        Ok(schedule)
    }

    /// The first firing after a moment.
    pub(crate) fn next_after(&self, moment: i64) -> Option<i64> {
        self.fires.next_after(moment)
    }

    /// The last firing up to a moment, where `first` is one before it. Halves the time between, so that a rule costs the same however often it fires.
    fn last_until(&self, first: i64, moment: i64) -> i64 {
        if let Fires::Every { seconds } = self.fires {
            return first.max(moment - moment.rem_euclid(seconds * 1_000));
        }
        // One at `last`, none after `none`.
        let (mut last, mut none) = (first, moment);
        while last < none {
            let middle = last + (none - last) / 2;
            match self.next_after(middle).filter(|next| *next <= moment) {
                Some(next) => last = next,
                None => none = middle,
            }
        }
        last
    }

    /// What is due now, where `next` was the next firing.
    pub(crate) fn due(&self, next: i64, now: i64) -> Due {
        if next > now {
            return Due { firings: Vec::new(), next: Some(next) };
        }
        let latest = || self.last_until(next, now);
        let firings = match self.missed {
            Missed::All => {
                let firings = std::iter::successors(Some(next), |moment| self.next_after(*moment));
                firings.take_while(|moment| *moment <= now).take(AT_ONCE).collect()
            }
            Missed::Latest => vec![latest()],
            Missed::None => {
                Some(latest()).filter(|latest| now.saturating_sub(*latest) <= LATE_MILLIS).into_iter().collect()
            }
        };
        let next = match self.missed {
            Missed::All => firings.last().and_then(|last| self.next_after(*last)),
            Missed::Latest | Missed::None => self.next_after(now),
        };
        Due { firings, next }
    }
}

/// For people: `every 15m, overlap queue`.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Schedule { fires, overlap, missed } = self;
        match fires {
            Fires::Every { seconds } => {
                let step = jiff::SignedDuration::from_secs(*seconds);
                write!(f, "every {step:#}")?;
            }
            Fires::Cron { expression, time_zone } => write!(f, "{expression} {time_zone}")?,
        }
        if *overlap != Overlap::default() {
            write!(f, ", overlap {}", format!("{overlap:?}").to_lowercase())?;
        }
        if *missed != Missed::default() {
            write!(f, ", missed {}", format!("{missed:?}").to_lowercase())?;
        }
        Ok(())
    }
}

impl Fires {
    fn next_after(&self, moment: i64) -> Option<i64> {
        match self {
            Fires::Every { seconds } => {
                let step = seconds * 1_000;
                moment.checked_sub(moment.rem_euclid(step))?.checked_add(step)
            }
            Fires::Cron { .. } => self.next_cron(moment),
        }
    }

    /// # Errors
    ///
    /// With what is wrong, and what to do.
    fn check(&self) -> Result<(), String> {
        match self {
            Fires::Every { seconds } if (1..i64::MAX / 1_000).contains(seconds) => Ok(()),
            Fires::Every { seconds } => Err(format!("a schedule cannot fire every {seconds} seconds")),
            Fires::Cron { expression, time_zone } => check_cron(expression, time_zone),
        }
    }

    #[cfg(feature = "cron")]
    fn next_cron(&self, moment: i64) -> Option<i64> {
        let Fires::Cron { expression, time_zone } = self else { return None };
        if moment > LAST_CRON {
            return None;
        }
        let crontab = cronexpr::parse_crontab(&format!("{expression} {time_zone}")).ok()?;
        let moment = cronexpr::MakeTimestamp::from_millisecond(moment).ok()?;
        crontab.find_next(moment).ok().map(|next| next.timestamp().as_millisecond())
    }

    #[cfg(not(feature = "cron"))]
    fn next_cron(&self, _: i64) -> Option<i64> {
        None
    }
}

/// The end of the year 9990 in milliseconds. `cronexpr` looks years ahead, and panics past the year 9999.
#[cfg(feature = "cron")]
const LAST_CRON: i64 = 253_118_217_600_000;

#[cfg(feature = "cron")]
fn check_cron(expression: &str, time_zone: &str) -> Result<(), String> {
    if jiff::tz::TimeZone::get(time_zone).is_err() {
        return Err(format!(
            "there is no time zone `{time_zone}`: write a name of the IANA database, such as `Europe/Berlin` or `UTC`"
        ));
    }
    match cronexpr::parse_crontab(&format!("{expression} {time_zone}")) {
        Ok(crontab) if never_comes(&crontab) => Err(format!(
            "`{expression}` never comes: there is no such day in any year. Correct the day of the month or the month"
        )),
        Ok(_) => Ok(()),
        Err(error) => Err(format!(
            "`{expression}` is no cron expression: write minute, hour, day of the month, month and day of the week, such as `0 3 * * MON-FRI`\n{error}"
        )),
    }
}

/// `cronexpr` looks four years ahead; days of the week fall on the same days of the year again after 28.
#[cfg(feature = "cron")]
fn never_comes(crontab: &cronexpr::Crontab) -> bool {
    const FOUR_YEARS: i64 = (4 * 365 + 1) * 24 * 3_600_000;
    let comes = |window| {
        let from = cronexpr::MakeTimestamp::from_millisecond(window * FOUR_YEARS);
        from.is_ok_and(|from| crontab.find_next(from).is_ok())
    };
    !(0..7).any(comes)
}

#[cfg(not(feature = "cron"))]
fn check_cron(expression: &str, _: &str) -> Result<(), String> {
    Err(format!("`{expression}` is a cron expression, and this program was built without the feature `cron` of durafn"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn an_edited_step_is_refused() {
        let read = |seconds: i64| Schedule::from_json(&format!(r#"{{"fires":{{"every":{{"seconds":{seconds}}}}}}}"#));
        assert!(read(60).is_ok());
        for seconds in [0, -1, i64::MAX] {
            assert!(read(seconds).unwrap_err().contains("cannot fire every"));
        }
    }

    fn hourly() -> Schedule {
        Schedule::every(Duration::from_hours(1)).unwrap()
    }

    #[test]
    fn steps_are_counted_from_1970() {
        let hourly = hourly();
        assert_eq!(hourly.next_after(0), Some(HOUR));
        assert_eq!(hourly.next_after(HOUR - 1), Some(HOUR));
        assert_eq!(hourly.next_after(-1), Some(0));
        assert_eq!(hourly.last_until(HOUR, HOUR), HOUR);
        for wrong in [Duration::ZERO, Duration::from_millis(1_500), Duration::MAX] {
            assert!(Schedule::every(wrong).unwrap_err().to_string().contains("whole seconds"), "{wrong:?}");
        }
    }

    #[test]
    fn what_was_missed_is_made_up_for_as_the_rule_says() {
        let now = 10 * HOUR + 90_000;
        let due = |missed, next| hourly().missed(missed).due(next, now);
        let next = Some(11 * HOUR);
        assert_eq!(due(Missed::Latest, 11 * HOUR), Due { firings: vec![], next });
        assert_eq!(due(Missed::Latest, 7 * HOUR), Due { firings: vec![10 * HOUR], next });
        assert_eq!(due(Missed::All, 8 * HOUR), Due { firings: vec![8 * HOUR, 9 * HOUR, 10 * HOUR], next });
        assert_eq!(due(Missed::None, 10 * HOUR), Due { firings: vec![], next });
        assert_eq!(hourly().missed(Missed::None).due(7 * HOUR, 10 * HOUR + 60_000).firings, [10 * HOUR]);
        let many = hourly().missed(Missed::All).due(HOUR, 1_000 * HOUR);
        assert_eq!((many.firings.len(), many.next), (AT_ONCE, Some(101 * HOUR)));
    }

    #[test]
    fn rules_are_kept_as_json() {
        let rule = hourly().overlap(Overlap::Queue).missed(Missed::All);
        let json = r#"{"fires":{"every":{"seconds":3600}},"overlap":"queue","missed":"all"}"#;
        assert_eq!(rule.to_json(), json);
        assert_eq!(rule.to_string(), "every 1h, overlap queue, missed all");
        assert_eq!(Schedule::from_json(json), Ok(rule));
        for wrong in [r#"{"fires":{"every":{"seconds":0}}}"#, r#"{"fires":{"moon":{}}}"#, "{}"] {
            assert!(Schedule::from_json(wrong).is_err(), "{wrong}");
        }
    }

    #[cfg(feature = "cron")]
    #[test]
    fn cron_knows_time_zones() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let nightly = Schedule::cron("30 2 * * *", "Europe/Berlin").unwrap();
        assert_eq!(nightly.next_after(at("2026-07-01T12:00:00Z")), Some(at("2026-07-02T00:30:00Z")));
        assert_eq!(nightly.next_after(at("2026-12-01T12:00:00Z")), Some(at("2026-12-02T01:30:00Z")));
        assert_eq!(
            nightly.last_until(at("2026-11-30T01:30:00Z"), at("2026-12-02T01:29:59Z")),
            at("2026-12-01T01:30:00Z")
        );
        let leap = Schedule::cron("0 0 29 2 *", "UTC").unwrap();
        assert_eq!(leap.last_until(at("2020-02-29T00:00:00Z"), at("2027-12-02T00:00:00Z")), at("2024-02-29T00:00:00Z"));
        let all_january = Schedule::cron("* * * 1 *", "UTC").unwrap();
        let (first, last) = (at("2016-01-01T00:00:00Z"), at("2026-01-31T23:59:00Z"));
        assert_eq!(all_january.last_until(first, at("2026-12-31T00:00:00Z")), last, "of half a million");
        assert_eq!(Schedule::from_json(&leap.to_json()), Ok(leap));

        let wrong = |expression, zone| Schedule::cron(expression, zone).unwrap_err().to_string();
        assert!(wrong("0 3 * *", "UTC").contains("is no cron expression"), "{}", wrong("0 3 * *", "UTC"));
        assert!(wrong("61 3 * * *", "UTC").contains("is no cron expression"));
        assert!(wrong("0 0 31 2 *", "UTC").contains("never comes"));
        assert_eq!(nightly.next_after(at("9999-12-01T00:00:00Z")), None, "a clock that is far off");
        assert!(Schedule::cron("0 0 29 2 MON", "UTC").is_ok());
        assert!(wrong("0 3 * * *", "Middle/Earth").contains("no time zone `Middle/Earth`"));
    }

    #[cfg(feature = "cron")]
    #[test]
    fn what_clocks_skip_does_not_fire_and_what_they_repeat_fires_twice() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let nightly = Schedule::cron("30 2 * * *", "Europe/Berlin").unwrap();
        let all_of = |from: &str, days: i64| {
            let end = at(from) + days * 24 * HOUR;
            std::iter::successors(nightly.next_after(at(from)), |next| nightly.next_after(*next))
                .take_while(|next| *next < end)
                .count()
        };
        // 25 October 2026 has 02:30 twice; 28 March 2027 has none.
        assert_eq!(all_of("2026-10-24T12:00:00Z", 3), 4);
        assert_eq!(all_of("2027-03-26T12:00:00Z", 4), 3);
    }
}
