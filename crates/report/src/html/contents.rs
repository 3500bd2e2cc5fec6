//! The way to the sections: a strip of links that stays at the top of the window.

/// Where the evidence explorer is, which every page has.
const EVIDENCE: &str = "evidence";

/// Every section that a page can have, in the order of the page, with its name in the strip.
const ENTRIES: [(&str, &str); 15] = [
    ("time", "Over time"),
    ("tone", "Closeness"),
    ("turns", "When it changed"),
    ("events", "Events"),
    ("frames", "Frames"),
    ("stance", "Stance"),
    ("sentiment", "Sentiment"),
    ("volume", "Volume"),
    ("changes", "What changed"),
    ("others", "Who else"),
    ("comparisons", "Comparisons"),
    ("since", "Since the last report"),
    (EVIDENCE, "Evidence"),
    ("quality", "Data quality"),
    ("methods", "Methods"),
];

/// Links to the sections that stand in `parts` of the page, and to the evidence.
pub(super) fn strip(parts: &[&str]) -> String {
    let stands = |id: &str| {
        // Text of articles cannot make this true: its brackets are escaped.
        let opening = format!("<section id=\"{id}\"");
        id == EVIDENCE || parts.iter().any(|part| part.contains(&opening))
    };
    let links: Vec<String> = ENTRIES
        .iter()
        .filter(|(id, _)| stands(id))
        .map(|(id, name)| format!("<li><a href=\"#{id}\">{name}</a></li>\n"))
        .collect();
    format!(
        "<nav id=\"contents\" class=\"contents\" aria-label=\"Contents\"><ul>\n{}</ul></nav>",
        links.concat()
    )
}

#[cfg(test)]
mod tests {
    use super::strip;

    #[test]
    fn only_sections_that_stand_on_the_page_are_listed() {
        let strip = strip(&["<section id=\"tone\" aria-labelledby=\"x\">", "<section id=\"methods\">"]);
        let ids: Vec<&str> =
            strip.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(ids, ["tone", "evidence", "methods"]);
    }
}
