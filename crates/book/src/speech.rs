//! What a screen reader says for an equation: the LaTeX, read aloud.

/// Commands that only say how large something is or where it stands.
const SILENT: [&str; 13] =
    ["left", "right", "big", "bigl", "bigr", "Big", "Bigl", "Bigr", "bigg", "quad", "qquad", "displaystyle", "limits"];

/// Commands whose name is not what one says.
const WORDS: [(&str, &str); 29] = [
    ("cdot", "times"),
    ("times", "times"),
    ("le", "is at most"),
    ("leq", "is at most"),
    ("ge", "is at least"),
    ("geq", "is at least"),
    ("ne", "is not"),
    ("neq", "is not"),
    ("approx", "is about"),
    ("in", "in"),
    ("to", "to"),
    ("mapsto", "maps to"),
    ("partial", "d"),
    ("nabla", "gradient of"),
    ("infty", "infinity"),
    ("pm", "plus or minus"),
    ("ln", "log"),
    ("ldots", "and so on"),
    ("dots", "and so on"),
    ("cdots", "and so on"),
    ("langle", "inner product of"),
    ("rangle", ""),
    ("lfloor", "floor of"),
    ("rfloor", ""),
    ("lceil", "ceiling of"),
    ("rceil", ""),
    ("top", "transposed"),
    ("odot", "elementwise times"),
    ("lVert", "norm of"),
];

/// Commands that one says behind what they stand over.
const ACCENTS: [&str; 6] = ["hat", "bar", "tilde", "dot", "vec", "overline"];

/// Commands that change how their argument looks, and not what it says.
const FONTS: [&str; 9] =
    ["mathrm", "mathbf", "mathit", "mathcal", "mathbb", "text", "operatorname", "boldsymbol", "mathsf"];

/// `latex` in words.
#[must_use]
pub fn spoken(latex: &str) -> String {
    let mut rest = latex;
    let mut said = Vec::new();
    while !rest.trim_start().is_empty() {
        said.push(next(&mut rest));
    }
    said.join(" ").split_whitespace().collect::<Vec<_>>().join(" ").replace(" ,", ",")
}

/// Says the next group, command or character of `rest` and takes it away.
fn next(rest: &mut &str) -> String {
    *rest = rest.trim_start();
    let Some(first) = rest.chars().next() else {
        return String::new();
    };
    match first {
        '{' => {
            let end = closing(rest);
            let inner = spoken(&rest[1..end]);
            *rest = &rest[(end + 1).min(rest.len())..];
            inner
        }
        '\\' => command(rest),
        _ => {
            *rest = &rest[first.len_utf8()..];
            match first {
                '_' => format!("sub {}", next(rest)),
                '^' => match next(rest).as_str() {
                    "2" => "squared".to_owned(),
                    "T" | "transposed" => "transposed".to_owned(),
                    power => format!("to the {power}"),
                },
                '=' => "equals".to_owned(),
                '-' | '−' => "minus".to_owned(),
                '+' => "plus".to_owned(),
                '<' => "is less than".to_owned(),
                '>' => "is more than".to_owned(),
                '/' => "over".to_owned(),
                '&' | '}' => String::new(),
                '\'' => "prime".to_owned(),
                c if c.is_ascii_digit() || c == '.' => {
                    let length = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
                    let number = format!("{c}{}", &rest[..length]);
                    *rest = &rest[length..];
                    number
                }
                c => c.to_string(),
            }
        }
    }
}

fn command(rest: &mut &str) -> String {
    let tail = &rest[1..];
    let length = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
    let name = &tail[..length];
    if name.is_empty() {
        // `\,`, `\\` and the like are space.
        *rest = tail.get(tail.chars().next().map_or(0, char::len_utf8)..).unwrap_or_default();
        return String::new();
    }
    *rest = &tail[length..];
    match name {
        "frac" | "tfrac" | "dfrac" => {
            let above = next(rest);
            format!("{above} over {}", next(rest))
        }
        "sqrt" => format!("root of {}", next(rest)),
        "begin" | "end" => {
            next(rest);
            String::new()
        }
        "sum" => "the sum".to_owned(),
        _ if SILENT.contains(&name) => String::new(),
        _ if ACCENTS.contains(&name) => format!("{} {name}", next(rest)),
        _ if FONTS.contains(&name) => {
            let text = next(rest);
            if text.split(' ').all(|word| word.chars().count() == 1) { text.replace(' ', "") } else { text }
        }
        _ => WORDS.iter().find(|(known, _)| *known == name).map_or(name, |(_, word)| word).to_owned(),
    }
}

/// Where the brace that `text` starts with is closed.
fn closing(text: &str) -> usize {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::spoken;

    #[test]
    fn equations_are_said_in_words() {
        for (latex, words) in [
            (r"y = \frac{a}{b+1}", "y equals a over b plus 1"),
            (r"\hat x_i^2", "x hat sub i squared"),
            (r"\sqrt{v + \varepsilon}", "root of v plus varepsilon"),
            (r"\sum_{k} w_k x_{12}", "the sum sub k w sub k x sub 12"),
            (r"\bigl( a \bigr)", "( a )"),
            (r"\mathrm{dw} \le 3.5", "dw is at most 3.5"),
            ("", ""),
            (r"\", ""),
            ("{", ""),
        ] {
            assert_eq!(spoken(latex), words, "{latex}");
        }
    }
}
