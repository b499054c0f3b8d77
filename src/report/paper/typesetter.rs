//! From a page of HTML to paper.

use super::block::{Ink, RichText};
use super::flow::set_blocks;
use super::fonts::{Fonts, is_covered};
use super::lines::TextStyle;
#[cfg(feature = "report-pdf")]
use super::marks::short;
use super::markup::read_blocks;
use super::page::{Mark, Paper, PlacedMark, SetDocument};
use super::pixels::draw_page;
use crate::base::RgbImage;
use crate::report::Error;

/// Characters of the title that a file on paper has among its properties.
#[cfg(feature = "report-pdf")]
const MOST_TITLE: usize = 120;

/// What a file on paper says about itself.
#[derive(Debug, Clone, Copy)]
pub struct PaperFacts<'a> {
    /// Title of the document.
    pub title: &'a str,
    pub author: &'a str,
    /// Program and version.
    pub program: &'a str,
    /// When it was made, RFC 3339, UTC.
    pub made_at: &'a str,
}

/// Sets pages. It keeps its fonts from one to the next.
pub struct Typesetter {
    pub(super) fonts: Fonts,
}

impl std::fmt::Debug for Typesetter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Typesetter")
    }
}

impl Typesetter {
    /// For pages with these letters: the fonts of the computer are read only if those of the
    /// program do not have all of them.
    pub fn for_text(text: &str) -> Self {
        Self { fonts: Fonts::new(!is_covered(text)) }
    }

    /// A page as PDF/A-2a; `None` when the program was built without the feature `report-pdf`. The
    /// same page and facts give the same bytes; where [`is_covered`] holds, on every computer.
    ///
    /// # Errors
    ///
    /// [`Error::Page`].
    #[cfg_attr(
        not(feature = "report-pdf"),
        expect(
            unused_variables,
            clippy::needless_pass_by_ref_mut,
            clippy::unnecessary_wraps,
            clippy::unused_self,
            reason = "written with the feature only"
        )
    )]
    pub fn pdf(
        &mut self,
        html: &str,
        paper: Paper,
        is_first: bool,
        facts: &PaperFacts<'_>,
    ) -> Result<Option<Vec<u8>>, Error> {
        #[cfg(feature = "report-pdf")]
        {
            use super::pdf::{PdfError, PdfFacts, write_pdf};
            let PaperFacts { title, author, program, made_at } = *facts;
            let (title, author) = (short(title, MOST_TITLE), short(author, MOST_TITLE));
            let (title, author) = (title.as_str(), author.as_str());
            let facts = PdfFacts { title, author, program, made_at };
            let set = self.set(html, paper, is_first, title)?;
            match write_pdf(&set, &facts) {
                Ok(bytes) => Ok(Some(bytes)),
                Err(PdfError::Other(error)) => Err(error),
                // A font of the computer that may not be embedded: the letters stand as numbers.
                Err(PdfError::Font) => {
                    self.fonts = Fonts::new(false);
                    let set = self.set(html, paper, is_first, title)?;
                    match write_pdf(&set, &facts) {
                        Ok(bytes) => Ok(Some(bytes)),
                        Err(PdfError::Other(error)) => Err(error),
                        Err(PdfError::Font) => {
                            Err(Error::Page("its fonts cannot be put into a PDF".to_owned()))
                        }
                    }
                }
            }
        }
        #[cfg(not(feature = "report-pdf"))]
        Ok(None)
    }

    /// The first page as pixels, so many a point.
    ///
    /// # Errors
    ///
    /// [`Error::Page`], [`Error::Picture`].
    pub fn picture(&mut self, html: &str, paper: Paper, scale: f32) -> Result<RgbImage, Error> {
        let set = self.set(html, paper, true, "")?;
        let page = set.pages.first().ok_or_else(|| Error::Page("it is empty".to_owned()))?;
        draw_page(page, paper.size(), scale)
    }

    /// How many pages a page of HTML takes.
    ///
    /// # Errors
    ///
    /// [`Error::Page`].
    pub fn n_pages(&mut self, html: &str, paper: Paper) -> Result<usize, Error> {
        Ok(self.set(html, paper, true, "")?.pages.len())
    }

    fn set(
        &mut self,
        html: &str,
        paper: Paper,
        is_first: bool,
        title: &str,
    ) -> Result<SetDocument, Error> {
        self.fonts.has_missing = false;
        let blocks = read_blocks(html)?;
        let mut set = set_blocks(&blocks, paper, is_first, &mut self.fonts);
        if paper != Paper::A5 {
            self.footers(&mut set, title);
        }
        Ok(set)
    }

    /// Title and number at the foot of each page.
    fn footers(&mut self, set: &mut SetDocument, title: &str) {
        const SIZE: f32 = 7.0;
        let style = TextStyle { size: SIZE, is_bold: false };
        let [width, height] = set.paper.size();
        let [left, _, right, bottom] = set.paper.margins();
        let n = set.pages.len();
        let y = height - bottom + 12.0;
        for (i, page) in set.pages.iter_mut().enumerate() {
            let number = format!("{} / {n}", i + 1);
            let number = self.fonts.set(&RichText::plain(number), style, width);
            let room = width - left - right;
            let number_width = number.first().map_or(0.0, |line| line.width);
            let name =
                RichText { text: title.to_owned(), marks: vec![(0..title.len(), Ink::Small)] };
            let mut name = self.fonts.set(&name, style, room - number_width - 20.0);
            name.truncate(1);
            let at_left = name.into_iter().map(|line| Mark::Text { line, x: left, y });
            let at_right = number.into_iter().take(1).map(|line| {
                let x = width - right - line.width;
                Mark::Text { line, x, y }
            });
            page.marks
                .extend(at_left.chain(at_right).map(|mark| PlacedMark { mark, element: None }));
        }
    }
}
