//! A straight line through points, with the errors of its coefficients.
//!
//! In: points one at a time. Out: slope, intercept, residual spread. Does not reject outliers.

/// Running sums for ordinary least squares, relative to the first point (so that large times and
/// levels lose no digits).
#[derive(Debug, Clone, Copy, Default)]
pub struct LineFit {
    origin: Option<(f64, f64)>,
    n: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    yy: f64,
}

/// A fitted line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Rise per unit of x.
    pub slope: f64,
    /// Standard error of the slope, residuals taken as independent.
    pub slope_error: f64,
    /// Middle of the points: the line goes through it.
    pub center: (f64, f64),
    /// Standard deviation of the residuals.
    pub residual: f64,
    /// Share of the variance that the line explains, in `[0, 1]`.
    pub explained: f64,
}

impl Line {
    /// The line at `x`.
    pub fn at(&self, x: f64) -> f64 {
        self.center.1 + self.slope * (x - self.center.0)
    }

    /// Where the line reaches `y`; `None` for a flat line.
    pub fn reaches(&self, y: f64) -> Option<f64> {
        let x = self.center.0 + (y - self.center.1) / self.slope;
        x.is_finite().then_some(x)
    }
}

impl LineFit {
    /// Adds a point. Both must be finite.
    pub fn add(&mut self, x: f64, y: f64) {
        let (x0, y0) = *self.origin.get_or_insert((x, y));
        let (x, y) = (x - x0, y - y0);
        self.n += 1.0;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
        self.yy += y * y;
    }

    /// How many points.
    pub fn n(&self) -> f64 {
        self.n
    }

    /// The least-squares line. `None` with fewer than three points or with one x only.
    pub fn line(&self) -> Option<Line> {
        let (x0, y0) = self.origin?;
        let sxx = self.xx - self.x * self.x / self.n;
        let sxy = self.xy - self.x * self.y / self.n;
        let syy = (self.yy - self.y * self.y / self.n).max(0.0);
        if self.n < 3.0 || sxx <= 0.0 {
            return None;
        }
        let slope = sxy / sxx;
        let left = (syy - slope * sxy).max(0.0);
        let residual = (left / (self.n - 2.0)).sqrt();
        Some(Line {
            slope,
            slope_error: residual / sxx.sqrt(),
            center: (x0 + self.x / self.n, y0 + self.y / self.n),
            residual,
            explained: if syy > 0.0 {
                (1.0 - left / syy).clamp(0.0, 1.0)
            } else {
                0.0
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(points: &[(f64, f64)]) -> Option<Line> {
        let mut sums = LineFit::default();
        points.iter().for_each(|&(x, y)| sums.add(x, y));
        sums.line()
    }

    #[test]
    fn a_line_is_found_with_its_errors() {
        let line = fit(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0), (3.0, 7.0)]).expect("four points");
        assert_eq!((line.slope, line.residual, line.explained), (2.0, 0.0, 1.0));
        assert_eq!((line.at(10.0), line.reaches(21.0)), (21.0, Some(10.0)));
        // slope 0.6, residual sum 1.2 over 3 degrees, sxx 10
        let noisy = fit(&[(1.0, 2.0), (2.0, 4.0), (3.0, 5.0), (4.0, 4.0), (5.0, 5.0)]);
        let noisy = noisy.expect("five points");
        assert!((noisy.slope - 0.6).abs() < 1e-12 && (noisy.explained - 0.6).abs() < 1e-12);
        assert!((noisy.slope_error - 0.282_843).abs() < 1e-6);
    }

    #[test]
    fn too_few_points_or_one_place_have_no_line() {
        assert_eq!(fit(&[(0.0, 1.0), (1.0, 2.0)]), None);
        assert_eq!(fit(&[(1.0, 1.0), (1.0, 2.0), (1.0, 3.0)]), None);
        let flat = fit(&[(0.0, 1.0), (1.0, 1.0), (2.0, 1.0)]).expect("three points");
        assert_eq!(
            (flat.slope, flat.explained, flat.reaches(2.0)),
            (0.0, 0.0, None)
        );
    }
}
