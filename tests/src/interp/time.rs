//! Timestamps: RFC 3339 in UTC with millisecond precision, a fraction only where there is one.

use durafn_ir::{Expr, Typed};

use super::{Env, Failure, Interp, Val};

const DAY: i64 = 86_400_000;

impl Interp<'_> {
    /// Whole seconds; a duration is rounded up.
    pub(super) fn seconds(&mut self, expr: &Expr<Typed>, env: &mut Env) -> Result<u64, Failure> {
        match self.eval.eval(expr, env)? {
            Val::Int(seconds) => {
                u64::try_from(seconds).map_err(|_| Failure::eval(format!("{seconds} is no number of seconds")))
            }
            Val::Duration(duration) => Ok(duration.as_secs() + u64::from(duration.subsec_nanos() > 0)),
            other => unreachable!("seconds are no {other:?}"),
        }
    }

    /// Lets time pass; what goes on beyond the execution's own time never comes.
    pub(super) fn pass(&mut self, seconds: u64) -> Result<(), Failure> {
        self.clock = self.clock.saturating_add(seconds.saturating_mul(1_000));
        match self.deadline {
            Some(deadline) if deadline <= self.clock => Err(Failure::never()),
            _ => Ok(()),
        }
    }
}

/// Milliseconds since 1970 as text.
pub(super) fn print(millis: i64) -> String {
    let (days, time) = (millis.div_euclid(DAY), millis.rem_euclid(DAY));
    let (year, month, day) = civil(days);
    let (hour, minute, second, milli) = (time / 3_600_000, time / 60_000 % 60, time / 1000 % 60, time % 1000);
    let fraction = format!(".{milli:03}");
    let fraction = fraction.trim_end_matches('0').trim_end_matches('.');
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

/// Text as milliseconds since 1970.
pub(super) fn parse(text: &str) -> Result<i64, Failure> {
    try_parse(text).ok_or_else(|| Failure::eval(format!("`{text}` is no timestamp")))
}

fn try_parse(text: &str) -> Option<i64> {
    let (date, time) = text.split_once('T')?;
    let (time, offset) = split_offset(time)?;
    let mut date = date.splitn(3, '-').map(str::parse::<i64>);
    let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let mut time = time.splitn(3, ':').map(str::parse::<i64>);
    let (hour, minute, second) = (time.next()?.ok()?, time.next()?.ok()?, time.next()?.ok()?);
    let milli: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    Some(days(year, month, day) * DAY + ((hour * 60 + minute) * 60 + second) * 1000 + milli - offset)
}

/// The time of day, and its offset from UTC in milliseconds.
fn split_offset(time: &str) -> Option<(&str, i64)> {
    if let Some(time) = time.strip_suffix('Z') {
        return Some((time, 0));
    }
    let (at, sign) = match (time.rfind('+'), time.rfind('-')) {
        (Some(at), _) => (at, 1),
        (None, Some(at)) => (at, -1),
        (None, None) => return None,
    };
    let (hours, minutes) = time[at + 1..].split_once(':')?;
    let minutes = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?;
    Some((&time[..at], sign * minutes * 60_000))
}

/// Days since 1970 of a date of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The date of a day since 1970.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}
