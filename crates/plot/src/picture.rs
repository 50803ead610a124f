//! The SVG file.

use std::fmt::Write as _;

/// A picture on white ground, in pixels from its upper left corner.
pub struct Picture {
    svg: String,
}

impl Picture {
    /// A picture with its title at the top.
    pub fn new(width: f64, height: f64, title: &str) -> Picture {
        let mut picture = Picture { svg: String::new() };
        let _ = writeln!(
            picture.svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"white\"/>"
        );
        picture.text((width / 2.0, 24.0), "middle", "font-size=\"14\"", title);
        picture
    }

    /// The file.
    pub fn finish(self) -> String {
        self.svg + "</svg>\n"
    }

    /// A text whose start, middle or end lies at a point.
    pub(crate) fn text(&mut self, (x, y): (f64, f64), anchor: &str, style: &str, text: &str) {
        let text = escaped(text);
        let _ = writeln!(
            self.svg,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" {style}>{text}</text>"
        );
    }

    /// A path; the title is shown where the pointer rests on it.
    pub(crate) fn path(&mut self, path: &str, style: &str, title: &str) {
        let _ = match title {
            "" => writeln!(self.svg, "<path d=\"{path}\" {style}/>"),
            _ => writeln!(self.svg, "<path d=\"{path}\" {style}><title>{}</title></path>", escaped(title)),
        };
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The value of an attribute, in quotation marks.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text).replace('"', "&quot;"))
}
