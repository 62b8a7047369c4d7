//! Times as Go reads and writes them: `time.Parse` with the two layouts that objects have.

/// How a time is spelled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Layout {
    /// RFC 3339, written in whole seconds (apimachinery's `Time`).
    Seconds,
    /// RFC 3339 with six digits of a second (apimachinery's `MicroTime`).
    Micros,
}

impl Layout {
    fn text(self) -> &'static str {
        match self {
            Layout::Seconds => "2006-01-02T15:04:05Z07:00",
            Layout::Micros => "2006-01-02T15:04:05.000000Z07:00",
        }
    }

    fn format(self) -> &'static str {
        match self {
            Layout::Seconds => "%Y-%m-%dT%H:%M:%SZ",
            Layout::Micros => "%Y-%m-%dT%H:%M:%S.%6fZ",
        }
    }
}

/// A time as the server writes it, in UTC.
///
/// # Errors
/// What Go says of a text that is no time in this layout.
pub(crate) fn canonical(text: &str, layout: Layout) -> Result<String, String> {
    let mut reader = Reader { text, rest: text, layout };
    let time = reader.time()?;
    Ok(time.strftime(layout.format()).to_string())
}

struct Reader<'t> {
    text: &'t str,
    rest: &'t str,
    layout: Layout,
}

impl<'t> Reader<'t> {
    fn time(&mut self) -> Result<jiff::Timestamp, String> {
        let year = self.year()?;
        self.literal("-")?;
        let month = self.number("01", true, 1..=12, "month")?;
        self.literal("-")?;
        let day = self.number("02", true, 0..=99, "day")?;
        self.literal("T")?;
        let hour = self.number("15", false, 0..=23, "hour")?;
        self.literal(":")?;
        let minute = self.number("04", true, 0..=59, "minute")?;
        self.literal(":")?;
        let second = self.number("05", true, 0..=59, "second")?;
        let nanos = self.fraction()?;
        let offset = self.zone()?;
        if !self.rest.is_empty() {
            return Err(format!("parsing time {:?}: extra text: {:?}", self.text, self.rest));
        }
        let small = |number: i64| i8::try_from(number).unwrap_or(i8::MAX);
        let date = i16::try_from(year)
            .ok()
            .and_then(|year| jiff::civil::Date::new(year, small(month), small(day)).ok())
            .ok_or_else(|| self.out_of_range("day"))?;
        let time = date.at(small(hour), small(minute), small(second), nanos);
        let zone = jiff::tz::Offset::from_seconds(offset).map_err(|_| self.out_of_range("zone"))?;
        zone.to_timestamp(time).map_err(|_| self.out_of_range("year"))
    }

    /// That the text from `at` on does not stand for an element of the layout.
    fn unfit<T>(&self, at: &str, element: &str) -> Result<T, String> {
        let (text, layout) = (self.text, self.layout.text());
        Err(format!("parsing time {text:?} as {layout:?}: cannot parse {at:?} as {element:?}"))
    }

    fn out_of_range(&self, what: &str) -> String {
        format!("parsing time {:?}: {what} out of range", self.text)
    }

    fn literal(&mut self, literal: &str) -> Result<(), String> {
        match self.rest.strip_prefix(literal) {
            Some(rest) => self.rest = rest,
            None => return self.unfit(self.rest, literal),
        }
        Ok(())
    }

    /// Takes so many bytes, if they are all digits.
    fn digits(&mut self, count: usize) -> Option<&'t str> {
        let digits = self.rest.get(..count)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| {
            self.rest = self.rest.get(count..).unwrap_or_default();
            digits
        })
    }

    fn year(&mut self) -> Result<i64, String> {
        match self.digits(4).and_then(|digits| digits.parse().ok()) {
            Some(year) => Ok(year),
            None => self.unfit(self.rest, "2006"),
        }
    }

    /// One or two digits; two where that is `fixed`.
    fn number(
        &mut self,
        element: &str,
        fixed: bool,
        range: std::ops::RangeInclusive<i64>,
        what: &str,
    ) -> Result<i64, String> {
        let digits = match self.digits(2) {
            None if !fixed => self.digits(1),
            digits => digits,
        };
        let Some(number) = digits.and_then(|digits| digits.parse().ok()) else {
            return self.unfit(self.rest, element);
        };
        if range.contains(&number) { Ok(number) } else { Err(self.out_of_range(what)) }
    }

    /// The part of a second, in nanoseconds: six digits where the layout has them, otherwise any or none.
    fn fraction(&mut self) -> Result<i32, String> {
        let begin = self.rest;
        let dot = self.rest.strip_prefix(['.', ',']);
        let digits = match self.layout {
            Layout::Micros => {
                self.rest = dot.unwrap_or_default();
                match self.digits(6) {
                    Some(digits) => digits,
                    None => return self.unfit(begin, ".000000"),
                }
            }
            Layout::Seconds => {
                let count =
                    dot.map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
                if count == 0 {
                    return Ok(0);
                }
                self.rest = dot.unwrap_or_default();
                self.digits(count).unwrap_or_default()
            }
        };
        let nanos = digits.bytes().chain(std::iter::repeat(b'0')).take(9);
        Ok(nanos.fold(0, |sum, digit| sum * 10 + i32::from(digit - b'0')))
    }

    /// `Z`, or the seconds that a place is before UTC.
    fn zone(&mut self) -> Result<i32, String> {
        let begin = self.rest;
        if let Some(rest) = self.rest.strip_prefix('Z') {
            self.rest = rest;
            return Ok(0);
        }
        let parts = begin.get(..6).and_then(|zone| {
            let (hours, minutes) = zone.get(1..)?.split_once(':')?;
            let two = |text: &str| (text.len() == 2).then(|| text.parse::<u8>().ok()).flatten();
            let sign = match zone.as_bytes().first()? {
                b'+' => 1,
                b'-' => -1,
                _ => return None,
            };
            Some((sign, i32::from(two(hours)?), i32::from(two(minutes)?)))
        });
        let Some((sign, hours, minutes)) = parts else { return self.unfit(begin, "Z07:00") };
        if hours > 24 {
            return Err(self.out_of_range("time zone offset hour"));
        }
        if minutes > 60 {
            return Err(self.out_of_range("time zone offset minute"));
        }
        self.rest = begin.get(6..).unwrap_or_default();
        Ok(sign * (hours * 3600 + minutes * 60))
    }
}

#[cfg(test)]
mod tests;
