//! Power and current of the last minutes.

use std::time::Duration;

use evse::Snapshot;
use evse::units::{Milliamps, Watts};
use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::text::Line;
use ratatui::widgets::{Axis, Chart, Dataset, GraphType};

use super::look::{Look, QUIET};
use super::table;
use crate::tui::app::{App, Charger, Sample};

/// Both, beside each other where there is room.
pub(super) fn draw(app: &App, look: Look, frame: &mut Frame<'_>, area: Rect) {
    let Some(charger) = app.selected() else {
        return;
    };
    let power = power(charger, app.now.uptime, look);
    let current = current(charger, app.now.uptime, look);
    if area.width >= BESIDE {
        let [left, right] = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)])
            .spacing(1)
            .areas(area);
        power.draw(true, frame, left);
        current.draw(true, frame, right);
    } else {
        // The times below take two rows.
        let plot = area.height.saturating_sub(2).div_ceil(2);
        let [above, below] =
            Layout::vertical([Constraint::Length(plot), Constraint::Fill(1)]).areas(area);
        power.draw(false, frame, above);
        current.draw(true, frame, below);
    }
}

/// One quantity, as a chart needs it.
struct Curve {
    stretches: Vec<Vec<(f64, f64)>>,
    /// The highest value that is shown.
    top: u32,
    /// The same in words.
    label: String,
    span: Duration,
    style: Style,
}

fn power(charger: &Charger, uptime: Duration, look: Look) -> Curve {
    let samples = || charger.history.samples();
    let highest = samples().filter_map(|sample| sample.power).max();
    let Watts(highest) = highest.unwrap_or_default();
    let top = TOPS_KW.into_iter().find(|top_kw| highest <= top_kw * 1_000);
    let top_kw = top.unwrap_or_else(|| highest.div_ceil(1_000));
    Curve {
        stretches: stretches(charger, uptime, |sample| {
            sample.power.map(|Watts(watts)| watts)
        }),
        top: top_kw.saturating_mul(1_000),
        label: format!("{top_kw} kW"),
        span: charger.history.span(),
        style: look.good(),
    }
}

fn current(charger: &Charger, uptime: Duration, look: Look) -> Curve {
    let samples = || charger.history.samples();
    let highest = samples().filter_map(|sample| sample.current).max();
    let top = full(&charger.now).max(highest.unwrap_or_default());
    let top_a = top.0.div_ceil(1_000);
    Curve {
        stretches: stretches(charger, uptime, |sample| {
            sample.current.map(|Milliamps(ma)| ma)
        }),
        top: top_a.saturating_mul(1_000),
        label: format!("{top_a} A"),
        span: charger.history.span(),
        style: look.accent(),
    }
}

/// What fills the chart: all that it may draw.
fn full(now: &Snapshot) -> Milliamps {
    let limit = table::limit(now).filter(|limit| limit.0 > 0);
    limit
        .or_else(|| table::most(now))
        .unwrap_or(Milliamps::from_amps(6))
}

/// Seconds before now, and values; a stretch ends where the value is not known.
fn stretches(
    charger: &Charger,
    uptime: Duration,
    value: impl Fn(&Sample) -> Option<u32>,
) -> Vec<Vec<(f64, f64)>> {
    let mut stretches = vec![Vec::new()];
    for sample in charger.history.samples() {
        let age = uptime.saturating_sub(sample.at).as_secs_f64();
        match (value(sample), stretches.last_mut()) {
            (Some(value), Some(stretch)) => stretch.push((-age, f64::from(value))),
            _ => stretches.push(Vec::new()),
        }
    }
    stretches
}

impl Curve {
    fn draw(&self, has_times: bool, frame: &mut Frame<'_>, area: Rect) {
        let areas = self.stretches.iter().map(|stretch| {
            Dataset::default()
                .data(stretch)
                .marker(Marker::Braille)
                .graph_type(GraphType::Area)
                .style(self.style)
        });
        let mut times = Axis::default()
            .bounds([-self.span.as_secs_f64(), 0.0])
            .style(QUIET);
        if has_times {
            let minutes = self.span.as_secs() / 60;
            times = times.labels([Line::raw(format!("−{minutes} min")), Line::raw("now")]);
        }
        // As wide as any, so that charts above each other have one axis.
        let label = format!("{:>5}", self.label);
        let values = Axis::default()
            .bounds([0.0, f64::from(self.top)])
            .labels([Line::raw("0"), Line::raw(label)])
            .labels_alignment(Alignment::Right)
            .style(QUIET);
        let chart = Chart::new(areas.collect())
            .x_axis(times)
            .y_axis(values)
            .legend_position(None);
        frame.render_widget(chart, area);
    }
}

const TOPS_KW: [u32; 6] = [1, 2, 4, 8, 12, 24];
/// From so many columns on, charts are beside each other.
const BESIDE: u16 = 70;
