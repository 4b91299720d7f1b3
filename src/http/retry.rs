//! Which answers and failures are worth a retry, and how long to wait, behind the gate that all calls share. It reads
//! nothing of an answer but its status and `Retry-After`.

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
    /// Sends a request, with retries after a failed or broken connection, a time-out, and the statuses 408, 429, 500, 502,
    /// 503 and 504. The headers are the same each time.
    ///
    /// # Errors
    /// `Unavailable` if no complete answer came, `NotUnderstood` if it is not HTTP or its body is too large. A status is
    /// not an error here. After a signal nothing more is sent, and this does not return.
    pub fn send(&self, call: &Call<'_>) -> Result<HttpResponse, Failure> {
        let mut waited = Duration::ZERO;
        let mut attempt = 0;
        let mut last = None;
        loop {
            signals::heed();
            let pass = match (call.gate.map(Gate::enter).transpose(), last.take()) {
                (Ok(pass), _) => pass,
                (Err(ended), None) => return Err(ended),
                // No retry is possible any more: report what the last attempt returned.
                (Err(ended), Some(last)) => return give_up(last, format!("after {}; {ended}", attempts(attempt))),
            };
            // The pass is held until it is known whether another call may follow.
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
                        // All calls wait, but the time counts for this one only.
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
                        // Longer than any call may wait, so no other can succeed.
                        (Some(gate), Some(asked)) if asked > self.options.max_wait.saturating_sub(waited) => {
                            gate.end(NotAsked::Throttled);
                        }
                        // This call is given up, but the service still wants its pause.
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

/// The result of a call's last attempt, with the reason why there is no further one.
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

/// Whether the service asks all calls to wait, not just this one.
fn is_throttled(answer: &HttpResponse) -> bool {
    answer.status == StatusCode::TOO_MANY_REQUESTS
        || answer.status == StatusCode::SERVICE_UNAVAILABLE && retry_after(&answer.headers).is_some()
}

fn is_worth_a_retry(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}

/// 50 to 100 % of 0.5 s × 2ⁿ, up to 30 s; the jitter keeps clients from coming back at the same time.
fn backoff(attempt: u32) -> Duration {
    let longest = Duration::from_millis(500).saturating_mul(1 << attempt.min(6)).min(Duration::from_secs(30));
    longest.mul_f64(0.5 + fastrand::f64() / 2.0)
}

/// `Retry-After`: seconds, or a date relative to the answer's `Date` (RFC 9110 §10.2.3). `None` if unreadable.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number too large for u64 still means a long wait.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let date = headers.get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    Some(until.duration_since(date.unwrap_or_else(SystemTime::now)).unwrap_or_default())
}
