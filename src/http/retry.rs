//! Which answers and failures are worth another attempt, and the waiting before it, behind the gate that all calls share.
//! It reads no answer beside its status and `Retry-After`.

use std::time::{Duration, SystemTime};

use ureq::http::header::{DATE, RETRY_AFTER};
use ureq::http::{HeaderMap, StatusCode};

use super::Http;
use super::gate::Gate;
use super::message::{Call, HttpResponse, in_brackets};
use super::trouble::Trouble;
use crate::failure::{Failure, NotAsked};
use crate::signals;

impl Http {
    /// Sends a request, again where that is worth it: after a failed or cut connection, a time-out, and the statuses 408, 429,
    /// 500, 502, 503 and 504. The headers are the same each time.
    ///
    /// # Errors
    /// `Unavailable` where no whole answer came, `NotUnderstood` where it is not HTTP or its body is too large. A status is
    /// no error here. After a signal nothing more is sent, and this does not return.
    pub fn send(&self, call: &Call<'_>) -> Result<HttpResponse, Failure> {
        let mut waited = Duration::ZERO;
        let mut attempt = 0;
        let mut last = None;
        loop {
            signals::heed();
            let pass = match (call.gate.map(Gate::enter).transpose(), last.take()) {
                (Ok(pass), _) => pass,
                (Err(ended), None) => return Err(ended),
                // It has been asked, and is not asked again: what came then is what is to be told.
                (Err(ended), Some(last)) => return give_up(last, format!("after {}; {ended}", attempts(attempt))),
            };
            // Whoever is passing holds its place until it is known whether another may follow.
            let result = self.attempt(call, attempt);
            let gate = call.gate.filter(|_| result.as_ref().is_ok_and(is_throttled));
            let retry_after = match &result {
                Ok(answer) if is_worth_a_retry(answer.status) => retry_after(&answer.headers),
                Err(trouble) if trouble.is_worth_a_retry => None,
                _ => {
                    if let (Some(gate), Ok(_)) = (call.gate, &result) {
                        gate.succeeded();
                    }
                    return result.map_err(|trouble| trouble.failure);
                }
            };
            match self.pause(attempt, retry_after, waited) {
                Ok(pause) => {
                    self.trace(1, || {
                        let (next, of) = (attempt + 1, self.options.retries);
                        format!("waiting {:.1} s before retry {next} of {of}", pause.as_secs_f64())
                    });
                    if let Some(gate) = gate {
                        // Everybody waits; it is charged to this call alone.
                        gate.shut(pause);
                    } else {
                        drop(pass);
                        call.gate.map_or_else(|| signals::wait(pause), |gate| gate.wait(pause));
                    }
                    waited += pause;
                    attempt += 1;
                    last = Some(result);
                }
                Err(gave_up) => {
                    match (gate, retry_after) {
                        // Longer than anybody may wait: it is no use to ask for others.
                        (Some(gate), Some(asked)) if asked > self.options.max_wait.saturating_sub(waited) => {
                            gate.end(NotAsked::Throttled);
                        }
                        // This call is given up, but the service wants its pause nevertheless.
                        (Some(gate), asked) => gate.shut(asked.unwrap_or_else(|| backoff(attempt))),
                        (None, _) => {}
                    }
                    return give_up(result, gave_up);
                }
            }
        }
    }

    /// How long to wait before the next attempt, or why there is none.
    fn pause(&self, attempt: u32, retry_after: Option<Duration>, waited: Duration) -> Result<Duration, String> {
        let attempts = attempts(attempt + 1);
        if attempt >= self.options.retries {
            return Err(if attempt == 0 { String::new() } else { format!("after {attempts}") });
        }
        let left = self.options.max_wait.saturating_sub(waited);
        let pause = backoff(attempt).max(retry_after.unwrap_or_default());
        match retry_after {
            Some(asked) if asked > left => Err(format!(
                "after {attempts}; the service asks for a wait of {} s, --max-wait leaves {} s",
                asked.as_secs(),
                left.as_secs()
            )),
            _ if pause > left => Err(format!("after {attempts}; --max-wait leaves no time for another")),
            _ => Ok(pause),
        }
    }
}

/// The outcome of a call's last attempt, with the reason why there is no further one.
fn give_up(result: Result<HttpResponse, Trouble>, why: String) -> Result<HttpResponse, Failure> {
    match result {
        Ok(answer) => Ok(HttpResponse { gave_up: why, ..answer }),
        Err(Trouble { mut failure, .. }) => {
            failure.message += &in_brackets(&why);
            Err(failure)
        }
    }
}

/// A number of attempts, in words.
fn attempts(count: u32) -> String {
    if count == 1 { "1 attempt".to_owned() } else { format!("{count} attempts") }
}

/// Whether the service asks everybody to wait, not just this call.
fn is_throttled(answer: &HttpResponse) -> bool {
    answer.status == StatusCode::TOO_MANY_REQUESTS
        || answer.status == StatusCode::SERVICE_UNAVAILABLE && retry_after(&answer.headers).is_some()
}

fn is_worth_a_retry(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}

/// 0.5 s × 2ⁿ up to 30 s, of which 50 to 100 %, so that many clients do not come back together.
fn backoff(attempt: u32) -> Duration {
    let longest = Duration::from_millis(500).saturating_mul(1 << attempt.min(6)).min(Duration::from_secs(30));
    longest.mul_f64(0.5 + fastrand::f64() / 2.0)
}

/// `Retry-After`: seconds, or a date relative to the answer's `Date` (RFC 9110 §10.2.3). Unreadable: none.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number holds are no less of a wait.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let date = headers.get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    Some(until.duration_since(date.unwrap_or_else(SystemTime::now)).unwrap_or_default())
}
