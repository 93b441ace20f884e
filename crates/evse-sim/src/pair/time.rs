//! How virtual time passes, the same for every kind of pair.

/// The methods of a pair that let time pass, from its `start`, `now`, `checks`, `hook`, `poll_timeout` and `settle`.
macro_rules! virtual_time {
    () => {
        /// Calls `hook` after each step.
        pub fn set_hook(&mut self, hook: Hook) {
            self.hook = Some(hook);
        }

        /// Virtual time.
        pub fn now(&self) -> Instant {
            self.now
        }

        /// Virtual time since the start.
        pub fn elapsed(&self) -> Duration {
            self.now.duration_since(self.start)
        }

        /// Goes to the next moment at which anything happens. False if nothing ever will.
        pub fn step(&mut self) -> bool {
            let Some(next) = self.poll_timeout() else {
                return false;
            };
            self.now = self.now.max(next);
            self.settle();
            true
        }

        /// Lets this much virtual time pass.
        pub fn run_for(&mut self, duration: Duration) {
            let end = self.now + duration;
            while self.poll_timeout().is_some_and(|next| next <= end) && !self.checks.is_stuck() {
                self.step();
            }
            self.now = end;
            self.settle();
        }

        /// Runs until `done` holds or `limit` has passed; returns whether it held.
        pub fn run_until(&mut self, limit: Duration, mut done: impl FnMut(&Self) -> bool) -> bool {
            let end = self.now + limit;
            while !done(self) {
                if self.poll_timeout().is_none_or(|next| next > end) || self.checks.is_stuck() {
                    self.run_for(end.saturating_duration_since(self.now));
                    return done(self);
                }
                self.step();
            }
            true
        }
    };
}

pub(super) use virtual_time;
