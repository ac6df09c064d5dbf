//! LaTeX to MathML, which browsers draw without a script.
//!
//! `pulldown-latex` writes the elements. This module adds a label that a screen reader can speak
//! and makes the result safe inside Markdown, where `_`, `*` and `|` would mean something else.

use pulldown_latex::config::DisplayMode;
use pulldown_latex::{Event, Parser, ParserError, RenderConfig, Storage, push_mathml};

use crate::speech::spoken;

/// The characters that Markdown reads inside of text and tables.
const MARKS: &str = "\\`*_[]~|{}$!#+^=:'\"";

/// The equation `latex` as one line of MathML; a block of its own if it is displayed.
///
/// # Errors
/// If it does not parse; with what the parser says.
pub fn mathml(latex: &str, is_displayed: bool) -> Result<String, String> {
    let latex = latex.split_whitespace().collect::<Vec<_>>().join(" ");
    let storage = Storage::new();
    let events: Result<Vec<Event<'_>>, ParserError> = Parser::new(&latex, &storage).collect();
    let events = events.map_err(|error| format!("the equation does not parse: {}", first_line(&error.to_string())))?;
    if events.is_empty() {
        return Err("the equation is empty".to_owned());
    }
    let display_mode = if is_displayed { DisplayMode::Block } else { DisplayMode::Inline };
    let config = RenderConfig { display_mode, ..RenderConfig::default() };
    let mut drawn = String::new();
    push_mathml(&mut drawn, events.into_iter().map(Ok::<_, ParserError>), config).map_err(|error| error.to_string())?;
    // The renderer forgets a space there.
    let drawn = drawn.replace("\"minsize=", "\" minsize=");
    let inner = drawn.find('>').map_or("", |end| &drawn[end + 1..]).trim_end_matches("</math>");
    let label = escaped(&spoken(&latex));
    let display = if is_displayed { "block" } else { "inline" };
    let source = format!("<annotation encoding=\"application/x-tex\">{}</annotation>", escaped(&latex));
    let math = format!(
        "<math display=\"{display}\" aria-label=\"{label}\"><semantics><mrow>{inner}</mrow>{source}</semantics></math>"
    );
    Ok(shielded(&math.replace('\n', " ")))
}

/// `text` with references for what HTML reads.
#[must_use]
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn first_line(text: &str) -> &str {
    text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default()
}

/// `html` with references for what Markdown reads: in texts all of it, in tags only the bar, which
/// ends a cell of a table wherever it stands. The renderer leaves `<` and `>` in texts; they become
/// references too.
fn shielded(html: &str) -> String {
    let mut in_tag = false;
    let mut out = String::with_capacity(html.len());
    for (at, c) in html.char_indices() {
        let next = html[at + c.len_utf8()..].chars().next().unwrap_or(' ');
        let starts_tag = c == '<' && (next.is_ascii_alphabetic() || next == '/');
        let ends_tag = c == '>' && in_tag;
        let is_reference = c == '#' && html[..at].ends_with('&');
        let is_read = match c {
            '|' => true,
            '<' | '>' => !starts_tag && !ends_tag,
            '&' => !next.is_ascii_alphabetic() && next != '#',
            _ => !in_tag && MARKS.contains(c) && !is_reference,
        };
        in_tag = (in_tag || starts_tag) && !ends_tag;
        if is_read {
            out.push_str(&format!("&#{};", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::mathml;

    #[test]
    fn an_equation_becomes_one_line_with_source_and_label() {
        let math = mathml("\\hat x_i\n< \\frac{a*b}{2}", false).unwrap();
        assert!(
            math.starts_with(
                "<math display=\"inline\" aria-label=\"x hat sub i is less than a * b over 2\"><semantics><mrow>"
            ),
            "{math}"
        );
        assert!(math.contains("<mfrac>") && math.contains("<mo>&#60;</mo>"), "{math}");
        assert!(math.contains("<annotation encoding=\"application/x-tex\">&#92;hat x&#95;i &lt; &#92;frac"), "{math}");
        assert!(math.ends_with("</annotation></semantics></math>") && !math.contains('\n'), "{math}");
        assert!(mathml("\\bigl(x", false).unwrap().contains("\" minsize="));
        assert!(mathml("x", true).unwrap().contains("display=\"block\""));
    }

    #[test]
    fn markdown_reads_nothing_of_it() {
        let math = mathml("\\begin{cases} |x_1| & x > 0 \\\\ *y* & \\text{a_b} \\end{cases}", true).unwrap();
        let mut texts = String::new();
        for piece in math.split('<').skip(1) {
            texts.push_str(piece.split_once('>').expect("a tag").1);
        }
        assert!(!texts.contains(['_', '*', '|', '\\', '`', '[', '>']) && !math.contains('|'), "{math}");
    }

    #[test]
    fn an_equation_that_does_not_parse_is_an_error() {
        for wrong in ["\\frac{a", "\\nosuchcommand x", "x^", "", "\\begin{cases} x", "}"] {
            assert!(mathml(wrong, false).is_err(), "{wrong}");
        }
    }
}
