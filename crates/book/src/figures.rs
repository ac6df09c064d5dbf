//! The figures of the book: what `book/figures.toml` says of each, and how a page shows it.

use serde::Deserialize;

use crate::math::escaped;
use crate::names::nearest;

/// All of `book/figures.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// The figures in the order of the file.
    #[serde(default, rename = "figure")]
    pub all: Vec<Figure>,
}

/// One figure.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// What a chapter calls it by.
    pub name: String,
    /// The file below `book/src/figures`.
    pub file: String,
    /// Where it comes from.
    pub kind: Kind,
    /// What made it. Of an exact one, `FILE` stands for the file.
    pub command: Option<String>,
    /// What stands below it.
    pub caption: String,
    /// What somebody hears who cannot see it.
    pub alt: String,
    /// The commit that made a long one.
    pub commit: Option<String>,
    /// The processor that made a long one.
    pub cpu: Option<String>,
    /// The day on which a long one was made.
    pub date: Option<String>,
}

/// Where a figure comes from.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Its command makes the same bytes on every machine, within seconds.
    Exact,
    /// Its command takes long, or depends on the machine.
    Long,
    /// Somebody drew it.
    Drawing,
}

impl Figures {
    /// Reads the list.
    ///
    /// # Errors
    /// If it is no such list, or if an entry lacks what its kind must have; one line for each.
    pub fn read(text: &str) -> Result<Self, Vec<String>> {
        let figures: Self = toml::from_str(text).map_err(|error| vec![error.to_string().trim().to_owned()])?;
        let mut complaints = Vec::new();
        for (at, figure) in figures.all.iter().enumerate() {
            let mut complain = |what: &str| complaints.push(format!("figure `{}` {what}", figure.name));
            let is_plain = |text: &str, more: &str| {
                !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
            };
            if !is_plain(&figure.name, "-") || !is_plain(&figure.file, "-_.") {
                complain("has a name or a file of other characters than letters, digits and hyphens");
            }
            if figures.all[..at].iter().any(|other| other.name == figure.name) {
                complain("is there twice");
            }
            if figure.alt.trim().is_empty() || figure.caption.trim().is_empty() {
                complain("needs `alt` and `caption`");
            }
            let command = figure.command.as_deref().unwrap_or_default();
            match figure.kind {
                Kind::Exact if !command.contains("FILE") => {
                    complain("is exact, so its `command` must say where FILE goes")
                }
                Kind::Long
                    if command.is_empty()
                        || figure.commit.is_none()
                        || figure.cpu.is_none()
                        || figure.date.is_none() =>
                {
                    complain("is long, so it needs `command`, `commit`, `cpu` and `date`");
                }
                _ => {}
            }
        }
        if complaints.is_empty() { Ok(figures) } else { Err(complaints) }
    }

    /// The figure of this name.
    ///
    /// # Errors
    /// If there is none; with the nearest.
    pub fn find(&self, name: &str) -> Result<&Figure, String> {
        let names = || self.all.iter().map(|figure| figure.name.as_str());
        self.all
            .iter()
            .find(|figure| figure.name == name)
            .ok_or_else(|| format!("figure `{name}` is not in book/figures.toml; nearest: {}", nearest(name, names())))
    }
}

impl Figure {
    /// The figure in a page: a picture by its address, a drawing (`svg`) as it is, so that its
    /// lines have the colour of the text.
    ///
    /// # Errors
    /// If the drawing would ask for something from elsewhere.
    pub fn html(&self, svg: Option<&str>) -> Result<String, String> {
        let alt = escaped(&self.alt);
        let drawn = match svg {
            Some(svg) => inline(svg, &alt).map_err(|why| format!("figure `{}`: {why}", self.name))?,
            None => format!("<img src=\"figures/{}\" alt=\"{alt}\" loading=\"lazy\">", self.file),
        };
        let mut caption = escaped(&self.caption);
        if let Some(command) = &self.command {
            caption.push_str(&format!("<br><code class=\"command\">{}</code>", escaped(command)));
        }
        let about: Vec<String> = [
            self.cpu.clone(),
            self.date.clone(),
            self.commit.as_ref().map(|commit| format!("commit {}", commit.chars().take(12).collect::<String>())),
        ]
        .into_iter()
        .flatten()
        .collect();
        if !about.is_empty() {
            caption.push_str(&format!("<br><span class=\"made\">{}</span>", escaped(&about.join(", "))));
        }
        let name = &self.name;
        Ok(format!(
            "<figure class=\"picture\" id=\"figure-{name}\">\n{drawn}\n<figcaption>{caption}</figcaption>\n</figure>"
        ))
    }
}

/// `svg` without its prologue and its empty lines, labelled for those who cannot see it.
fn inline(svg: &str, alt: &str) -> Result<String, String> {
    let start = svg.find("<svg").ok_or("the file holds no <svg>")?;
    let body = svg[start..].trim_end();
    for word in ["<script", "href=\"http", "url(http", "@import", "<foreignObject"] {
        if body.contains(word) {
            return Err(format!("a drawing must do without `{word}`"));
        }
    }
    if !body.contains("viewBox=") {
        return Err("a drawing needs a `viewBox`, or it cannot shrink on a phone".to_owned());
    }
    // What the list says goes before what the file says of itself.
    let head = body.find('>').unwrap_or(body.len());
    let labelled = body[..head].replace(" role=\"img\"", "").replacen(
        "<svg",
        &format!("<svg role=\"img\" aria-label=\"{alt}\""),
        1,
    );
    let body = labelled + &body[head..];
    let lines: Vec<&str> = body.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::Figures;

    const ONE: &str =
        "[[figure]]\nname = \"a\"\nfile = \"a.png\"\nkind = \"drawing\"\ncaption = \"c <\"\nalt = \"\\\"x\\\"\"\n";

    #[test]
    fn a_figure_has_what_its_kind_needs() {
        let says = |text: &str| Figures::read(text).map(|_| ()).unwrap_err().join("\n");
        assert!(Figures::read(ONE).is_ok());
        assert!(Figures::read("").is_ok_and(|figures| figures.all.is_empty()));
        assert!(says(&ONE.repeat(2)).contains("twice"));
        assert!(says(&ONE.replace("drawing", "exact")).contains("FILE"));
        assert!(says(&ONE.replace("drawing", "long")).contains("commit"));
        assert!(says(&ONE.replace("a.png", "../a.png")).contains("characters"));
        assert!(says(&ONE.replace("c <", " ")).contains("caption"));
        assert!(says(&ONE.replace("alt", "other")).contains("other"));
        let error = Figures::read(ONE).unwrap().find("b").unwrap_err();
        assert!(error.contains("nearest: `a`"), "{error}");
    }

    #[test]
    fn a_drawing_is_shown_as_it_is() {
        let figures = Figures::read(ONE).unwrap();
        let html = figures.all[0].html(None).unwrap();
        assert!(html.contains("<img src=\"figures/a.png\" alt=\"&quot;x&quot;\"") && html.contains("c &lt;"), "{html}");
        let html =
            figures.all[0].html(Some("<?xml?>\n<svg role=\"img\" viewBox=\"0 0 1 1\">\n\n<g/></svg>\n")).unwrap();
        assert!(
            html.contains("<svg role=\"img\" aria-label=\"&quot;x&quot;\" viewBox=\"0 0 1 1\">\n<g/></svg>"),
            "{html}"
        );
        for wrong in [
            "<g/>",
            "<svg></svg>",
            "<svg viewBox=\"\"><script/></svg>",
            "<svg viewBox=\"\"><a href=\"http://x\"/></svg>",
        ] {
            assert!(figures.all[0].html(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
