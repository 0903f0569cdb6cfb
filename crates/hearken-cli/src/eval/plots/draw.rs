//! Draws a chart: a title, a legend, and panels in rows, every axis from 0 to 100 %.

use anyhow::Result;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// A chart. All lines of one number are of the same model.
#[derive(Debug)]
pub(super) struct Chart {
    pub(super) title: String,
    pub(super) x: String,
    pub(super) y: String,
    pub(super) models: Vec<String>,
    /// What the dashed line shows.
    pub(super) reference: String,
    /// What the marks show; empty where there are none.
    pub(super) marks: String,
    pub(super) panels: Vec<Panel>,
}

#[derive(Debug)]
pub(super) struct Panel {
    pub(super) title: String,
    pub(super) reference: Option<[(f64, f64); 2]>,
    /// By model.
    pub(super) lines: Vec<Line>,
}

/// Shares, 0 to 1.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) points: Vec<(f64, f64)>,
    pub(super) marks: Vec<Mark>,
}

#[derive(Debug)]
pub(super) struct Mark {
    pub(super) at: (f64, f64),
    /// Pixels.
    pub(super) radius: i32,
}

// Sizes, pixels.
const PANEL: (u32, u32) = (480, 400);
const MARGIN: i32 = 24;
const TITLE: i32 = 48;
const ENTRY: i32 = 24;
/// Length of a dash, and of the gap after it.
const DASH: (i32, i32) = (7, 4);

/// Blue and vermilion of Okabe and Ito: told apart by people with any kind of colour vision.
const COLORS: [RGBColor; 2] = [RGBColor(0, 114, 178), RGBColor(213, 94, 0)];
const GREY: RGBColor = RGBColor(130, 130, 130);
const INK: RGBColor = RGBColor(40, 40, 40);
const FAINT: RGBColor = RGBColor(225, 225, 225);

/// The chart as SVG.
pub(super) fn svg(chart: &Chart) -> Result<String> {
    let columns = if chart.panels.len() > 4 { 3 } else { 2 };
    let rows = chart.panels.len().div_ceil(columns);
    let entries = chart.models.len() + 1 + usize::from(!chart.marks.is_empty());
    let head = TITLE + ENTRY * entries as i32;
    let size = (PANEL.0 * columns as u32, head as u32 + PANEL.1 * rows as u32);
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        root.fill(&WHITE)?;
        let (top, body) = root.split_vertically(head);
        legend(&top, chart)?;
        for (area, panel) in body.split_evenly((rows, columns)).iter().zip(&chart.panels) {
            draw_panel(area, chart, panel)?;
        }
        root.present()?;
    }
    Ok(svg)
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

fn legend(area: &Area<'_>, chart: &Chart) -> Result<()> {
    let left = Pos::new(HPos::Left, VPos::Center);
    area.draw(&Text::new(chart.title.clone(), (MARGIN, TITLE / 2), font(26).pos(left)))?;
    let mut y = TITLE + ENTRY / 2;
    let mut entry = |name: &str, sample: &dyn Fn(i32) -> Result<()>| -> Result<()> {
        sample(y)?;
        area.draw(&Text::new(name.to_owned(), (MARGIN + 52, y), font(17).pos(left)))?;
        y += ENTRY;
        Ok(())
    };
    let (from, to) = (MARGIN, MARGIN + 40);
    for (name, color) in chart.models.iter().zip(COLORS) {
        entry(name, &|y| {
            area.draw(&PathElement::new([(from, y), (to, y)], color.stroke_width(3)))?;
            Ok(())
        })?;
    }
    entry(&chart.reference, &|y| {
        let dashes = (from..to).step_by(DASH.0 as usize + DASH.1 as usize);
        for dash in dashes {
            area.draw(&PathElement::new([(dash, y), (dash + DASH.0, y)], GREY.stroke_width(2)))?;
        }
        Ok(())
    })?;
    if !chart.marks.is_empty() {
        entry(&chart.marks, &|y| {
            area.draw(&disc((from + 10, y), 6))?;
            if chart.models.len() > 1 {
                area.draw(&triangle((to - 10, y), 6))?;
            }
            Ok(())
        })?;
    }
    Ok(())
}

fn draw_panel(area: &Area<'_>, chart: &Chart, panel: &Panel) -> Result<()> {
    let mut axes = ChartBuilder::on(area)
        .caption(&panel.title, font(19))
        .margin(MARGIN)
        .x_label_area_size(48)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..1.0, 0.0..1.0)?;
    let percent = |share: &f64| format!("{:.0} %", share * 100.0);
    axes.configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(FAINT)
        .axis_style(GREY)
        .x_labels(6)
        .y_labels(6)
        .x_label_formatter(&percent)
        .y_label_formatter(&percent)
        .label_style(font(15))
        .axis_desc_style(font(16))
        .x_desc(&chart.x)
        .y_desc(&chart.y)
        .draw()?;
    if let Some(line) = panel.reference {
        axes.draw_series(DashedLineSeries::new(line, DASH.0, DASH.1, GREY.stroke_width(2)))?;
    } else {
        let middle = font(17).pos(Pos::new(HPos::Center, VPos::Center));
        axes.draw_series([Text::new("nothing to draw", (0.5, 0.5), middle)])?;
    }
    for (line, color) in panel.lines.iter().zip(COLORS) {
        axes.draw_series(LineSeries::new(thinned(&line.points), color.stroke_width(2)))?;
    }
    for (model, line) in panel.lines.iter().enumerate() {
        if model == 0 {
            axes.draw_series(line.marks.iter().map(|mark| disc(mark.at, mark.radius)))?;
        } else {
            axes.draw_series(line.marks.iter().map(|mark| triangle(mark.at, mark.radius)))?;
        }
    }
    Ok(())
}

// A disc for the first model, a triangle for the second, so that not only the colour tells.

fn disc<C>(at: C, radius: i32) -> Circle<C, i32> {
    Circle::new(at, radius, COLORS[0].filled())
}

fn triangle<C>(at: C, radius: i32) -> TriangleMarker<C, i32> {
    TriangleMarker::new(at, radius, COLORS[1].filled())
}

/// Without the points that would fall on the one before.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let spot = |(x, y): &(f64, f64)| ((x * 1000.0).round() as i32, (y * 1000.0).round() as i32);
    let mut kept: Vec<(f64, f64)> = Vec::new();
    for point in points {
        if kept.last().is_none_or(|last| spot(last) != spot(point)) {
            kept.push(*point);
        }
    }
    kept
}

fn font(size: i32) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&INK)
}
