//! Text, pictures and tables as HTML.

use std::path::Path;

/// Larger pictures stay where they are, and the page says where.
const LARGEST: usize = 1 << 20;

/// Text that a browser shows as it is, also between quotes.
#[must_use]
pub fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
        out
    })
}

/// Bytes as text, six bits a letter (RFC 4648, section 4).
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |i: usize| u32::from(group.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            let letter = char::from(LETTERS[(bits >> (18 - 6 * i)) as usize & 63]);
            text.push(if i <= group.len() { letter } else { '=' });
        }
    }
    text
}

/// A picture with a caption; `path` is where it is, should it be too large.
pub(super) fn embedded(png: &[u8], path: &Path, class: &str, caption: &str) -> String {
    let caption = escape(caption);
    if LARGEST < png.len() {
        let name = escape(&path.file_name().unwrap_or_default().to_string_lossy());
        return format!("<p>{caption}: {name}, beside this file, has {} MB.</p>\n", png.len() >> 20);
    }
    let data = base64(png);
    format!(
        "<figure class=\"{class}\"><img alt=\"{caption}\" src=\"data:image/png;base64,{data}\">\
         <figcaption>{caption}</figcaption></figure>\n"
    )
}

/// A table; the first of its rows are the heads.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let line = |(number, cells): (usize, &Vec<String>)| {
        let cell = |(column, text): (usize, &String)| {
            let tag = if number == 0 || column == 0 { "th" } else { "td" };
            format!("<{tag}>{}</{tag}>", escape(text))
        };
        format!("<tr>{}</tr>\n", cells.iter().enumerate().map(cell).collect::<String>())
    };
    format!("<div class=\"wide\"><table>\n{}</table></div>\n", rows.iter().enumerate().map(line).collect::<String>())
}

/// A table of names and values.
pub(super) fn pairs(pairs: &[(String, String)]) -> String {
    let line = |(name, value): &(String, String)| format!("<dt>{}</dt><dd>{}</dd>\n", escape(name), escape(value));
    format!("<dl>\n{}</dl>\n", pairs.iter().map(line).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup() {
        assert_eq!("&lt;b a=&quot;1&quot;&gt; &amp;amp; &#39;ü&#39;", escape("<b a=\"1\"> &amp; 'ü'"));
        assert!(table(&[vec!["<".to_owned()]]).contains("<th>&lt;</th>"));
        assert!(pairs(&[("<".to_owned(), "&".to_owned())]).contains("<dt>&lt;</dt><dd>&amp;</dd>"));
        assert!(embedded(b"", Path::new("x"), "", "\"><script>").contains("alt=\"&quot;&gt;&lt;script&gt;\""));
    }

    /// The examples of RFC 4648, section 10, and bytes that need every letter.
    #[test]
    fn base64_is_that_of_the_standard() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(text, base64(bytes.as_bytes()));
        }
        assert_eq!("+/7+", base64(&[0xfb, 0xfe, 0xfe]));
    }

    #[test]
    fn what_is_too_large_is_named_instead() {
        let text = embedded(&vec![0; LARGEST + 1], Path::new("a/rows.png"), "", "all rows");
        assert_eq!("<p>all rows: rows.png, beside this file, has 1 MB.</p>\n", text);
    }
}
