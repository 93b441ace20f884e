//! A screen of chargers of all kinds: `app` is what there is to see, without a terminal; `view` draws it; `input` says
//! what keys mean; `act` does it; `run` is the loop around them.

mod act;
mod app;
mod input;
mod run;
mod view;

#[cfg(test)]
mod tests;

pub(crate) use run::run;
