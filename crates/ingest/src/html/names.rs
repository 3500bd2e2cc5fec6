//! What parts of a page are called that are no part of its article, by habits of the web.

/// Names of parts that show something other than the article, as whole words of class, id or test id.
#[rustfmt::skip]
pub(crate) fn is_strong_word(word: &str) -> bool {
    matches!(word,
        "advert" | "advertisement" | "advertising" | "breadcrumb" | "breadcrumbs" | "comments" | "consent" |
        "cookie" | "cookies" | "copyright" | "disqus" | "footer" | "gdpr" | "menu" | "modal" |
        "mostpopular" | "mostread" | "nav" | "navbar" | "navigation" | "newsletter" | "newsletters" |
        "outbrain" | "piano" | "popup" | "recirc" | "recirculation" | "recommendations" | "recommended" |
        "related" | "screenreader" | "sponsored" | "taboola" | "trending"
    )
}

/// Names that are sometimes used for a part of the article too.
#[rustfmt::skip]
pub(crate) fn is_weak_word(word: &str) -> bool {
    matches!(word,
        "ad" | "ads" | "author" | "authors" | "bio" | "byline" | "bylines" | "caption" | "captions" |
        "carousel" | "comment" | "contributor" | "contributors" | "credit" | "credits" | "dateline" |
        "disclaimer" | "donate" | "donation" | "embed" | "embedded" | "embeds" | "eyebrow" | "facebook" |
        "factbox" | "figcaption" | "gallery" | "hidden" | "infobox" | "instagram" | "login" | "masthead" |
        "pagination" | "player" | "playlist" | "popular" | "promo" | "promos" | "promotion" | "readmore" |
        "reddit" | "share" | "sharing" | "sidebar" | "signoff" | "signup" | "skip" | "slideshow" |
        "social" | "subscribe" | "subscription" | "syndication" | "tag" | "taglist" | "tags" | "teaser" |
        "teasers" | "tiktok" | "timestamp" | "toolbar" | "tooltip" | "topics" | "tweet" | "twitter" |
        "upsell" | "widget"
    )
}

/// Pairs of neighbouring words that mean what neither does alone.
#[rustfmt::skip]
pub(crate) fn is_weak_pair(word: &str) -> bool {
    matches!(word,
        "alsolike" | "alsoread" | "articlemeta" | "calltoaction" | "entrymeta" | "followus" | "inlinelink" |
        "lastupdated" | "minread" | "morefrom" | "morein" | "morestories" | "mostpopular" | "mostread" |
        "mostviewed" | "postmeta" | "publishdate" | "publisheddate" | "pullquote" | "readingtime" |
        "readmore" | "readnext" | "readtime" | "recommendedstories" | "relatedlink" | "relatedlinks" |
        "screenreader" | "signin" | "signoff" | "signup" | "sronly" | "upnext" | "visuallyhidden"
    )
}
