package photos

import "math"

var inks = []rgb{hex(0xe4572e), hex(0x17bebb), hex(0xffc914), hex(0x2e282a), hex(0x76b041), hex(0x7b4bb7), hex(0xf4f1e8)}

// mosaic are cells around points thrown at random (Voronoi), some in each
// unit.
func mosaic(s seed, cells float64) scene {
	return func(u, v float64) rgb {
		x, y := u*cells, v*cells
		nearest, second, chosen := math.Inf(1), math.Inf(1), 0.0
		for i := int(math.Floor(x)) - 1; i <= int(math.Floor(x))+1; i++ {
			for j := int(math.Floor(y)) - 1; j <= int(math.Floor(y))+1; j++ {
				d := math.Hypot(float64(i)+s.at(i, 2*j)-x, float64(j)+s.at(i, 2*j+1)-y)
				if d < nearest {
					nearest, second, chosen = d, nearest, (s+7).at(i, j)
				} else if d < second {
					second = d
				}
			}
		}
		c := inks[int(chosen*float64(len(inks)))].scale(1.06 - .3*nearest)
		return mix(hex(0x1b1b1f), c, smooth(.02, .06, second-nearest))
	}
}

// circles are rings and discs on paper, of some sizes.
func circles(s seed, paper rgb, count int) scene {
	return func(u, v float64) rgb {
		c := paper.plus(.05 * (s.fractal(u*60, v*60, 2) - .5))
		for i := range count {
			d := math.Hypot(u-s.pick(5*i, 0, 1.5), v-s.pick(5*i+1, 0, 1))
			radius := s.pick(5*i+2, .05, .27)
			ink := inks[int(s.pick(5*i+3, 0, float64(len(inks))))]
			inside := smooth(radius+.003, radius-.003, d)
			if s.pick(5*i+4, 0, 1) < .4 {
				inside *= smooth(radius*.62-.003, radius*.62+.003, d)
			}
			c = mix(c, ink, .92*inside)
		}
		return c
	}
}

// tiles are quarters of circles, turned at random, so that they join to bands
// (Smith 1987, after Truchet).
func tiles(s seed, each float64, ground, band rgb) scene {
	return func(u, v float64) rgb {
		x, y := u*each, v*each
		i, j := math.Floor(x), math.Floor(y)
		x, y = x-i, y-j
		if s.at(int(i), int(j)) < .5 {
			x = 1 - x
		}
		d := min(math.Abs(math.Hypot(x, y)-.5), math.Abs(math.Hypot(1-x, 1-y)-.5))
		c := mix(ground, band, smooth(.17, .15, d))
		return mix(c, ground.scale(.6), .8*smooth(.035, .02, math.Abs(d-.16))).plus(.25 * (s.noise(u*1.7, v*1.7) - .5))
	}
}
