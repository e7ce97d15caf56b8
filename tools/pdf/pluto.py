"""PlutoPrint: no browser, no JavaScript, under a second a document, where it has a wheel."""

import io
import urllib.request


class Pluto:
    """PlutoPrint: no browser, no JavaScript, some 20 times faster than starting Chromium."""

    def __init__(self, origin, scale, cookies):
        self.origin, self.scale, self.cookies, self.failed = origin, scale, cookies, {}

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        pass

    def fetch(self, url):
        import plutoprint

        if url.startswith("data:"):
            return plutoprint.default_resource_fetcher.fetch_url(url)
        try:
            if not url.startswith(("http://", "https://")):
                raise OSError("refused")
            request = urllib.request.Request(url)
            if url.startswith(self.origin + "/") and self.cookies:
                request.add_header("Cookie", "; ".join(f"{k}={v}" for k, v in self.cookies.items()))
            with urllib.request.urlopen(request, timeout=30) as res:
                return plutoprint.ResourceData(
                    res.read(),
                    res.headers.get_content_type(),
                    res.headers.get_content_charset() or "",
                )
        except OSError as e:  # like wkhtmltopdf: go on without, say so, exit 1
            self.failed[url] = e
            return plutoprint.ResourceData(b"", "text/plain", "")

    def render(self, name, html, query, box):
        import plutoprint
        from lxml import etree
        from lxml import html as H
        from pypdf import PdfWriter

        tree = H.document_fromstring(html.decode(), parser=H.HTMLParser(encoding="utf-8"))
        tree.attrib.pop("style", None)  # Odoo's height: 0, meant for wkhtmltopdf
        body = tree.find("body")
        body.set("class", body.get("class", "").replace("overflow-hidden", ""))
        if query:
            for cls, value in (
                ("page", query["sitepage"]),
                ("topage", query["sitepages"]),
                ("section", ""),
                ("subsection", ""),
                ("subsubsection", ""),
            ):
                for el in tree.find_class(cls):
                    el.text = str(value)
            for el in tree.xpath(
                '//*[@id="minimal_layout_report_headers" or @id="minimal_layout_report_footers"]'
            ):
                keep = int(query["webpage"].split(".")[3])
                for i, child in enumerate(list(el)):
                    if i != keep:
                        el.remove(child)
        title = next(
            (el.text_content() for el in tree.iter("h1", "h2", "h3", "h4", "h5", "h6")), ""
        )
        pt = 72 / 25.4 / self.scale
        width, height, *margins = (v * pt for v in box)
        book = plutoprint.Book(
            plutoprint.PageSize(width, height),
            plutoprint.PageMargins(*margins),
            plutoprint.MEDIA_TYPE_PRINT,
        )
        fetcher = type(
            "Fetcher",
            (plutoprint.ResourceFetcher,),
            {"fetch_url": lambda _self, url: self.fetch(url)},
        )()
        book.custom_resource_fetcher = fetcher
        book.load_html(
            "<!DOCTYPE html>" + etree.tostring(tree, method="html", encoding="unicode"),
            base_url=self.origin + "/",
        )
        buf = io.BytesIO()
        book.write_to_pdf_stream(buf)
        writer = PdfWriter(clone_from=io.BytesIO(buf.getvalue()))
        for page in writer.pages:
            page.scale_by(self.scale)
        out = io.BytesIO()
        writer.write(out)
        return out.getvalue(), title
