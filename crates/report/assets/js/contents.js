// The strip of contents shows which section is being read.

/** The place in the window, as a part of its height, at which the section that lies there counts as being read. */
const READING_LINE = "-33% 0px -66% 0px";

/** On a phone the strip is wider than the window. While the keyboard is in it, it moves by the focus alone. */
function keepInView(strip, link) {
  if (strip.querySelector(":focus-visible")) return;
  strip.scrollLeft = link.offsetLeft - (strip.clientWidth - link.offsetWidth) / 2;
}

function startContents() {
  const strip = byId("contents");
  const linkOf = (section) => strip.querySelector('a[href="#' + section.id + '"]');
  const follow = (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) linkOf(target).setAttribute("aria-current", "true");
      else linkOf(target).removeAttribute("aria-current");
    }
    const current = strip.querySelector("[aria-current]");
    if (current) keepInView(strip, current);
  };
  const observer = new IntersectionObserver(follow, { rootMargin: READING_LINE });
  for (const section of document.querySelectorAll("main > section[id]")) if (linkOf(section)) observer.observe(section);
}
