package photos

import "math"

// palette are the colors of a landscape, from the sky down.
type palette struct{ zenith, horizon, far, near, light rgb }

var (
	dawn   = palette{hex(0x27406d), hex(0xf7b27a), hex(0x9a7f9c), hex(0x1d2436), hex(0xfff1cf)}
	noon   = palette{hex(0x2f7fd0), hex(0xd7ebf5), hex(0x8fb0c4), hex(0x2d4a2b), hex(0xffffff)}
	winter = palette{hex(0x5d7a99), hex(0xe8e6ec), hex(0xb8c3d6), hex(0x3a4a63), hex(0xfdf6ff)}
	ember  = palette{hex(0x2a1138), hex(0xf2542d), hex(0x7a2f4d), hex(0x150a1c), hex(0xffd98a)}
)

// mountains are ridges one behind the other, the far ones in haze. horizon is
// where the farthest one stands, 0..1 from the top.
func mountains(s seed, p palette, horizon, sunU, sunV float64) scene {
	const ridges = 5
	return func(u, v float64) rgb {
		c := mix(p.zenith, p.horizon, v/(horizon+.05))
		c = mix(c, p.light.scale(.97), .35*smooth(.45, .75, s.fractal(u*2.2, v*7, 5))*smooth(horizon, .1, v))
		sun := math.Hypot(u-sunU, v-sunV)
		c = mix(c, p.light, .55*math.Exp(-sun*7)+smooth(.058, .052, sun))
		for i := range ridges {
			depth := float64(i) / (ridges - 1)
			own := s + seed(i+1)*101
			top := horizon + .42*depth - (.26-.14*depth)*own.fractal(u*(1.6+1.2*depth), 3, 6)
			body := mix(p.far, p.near, depth)
			body = body.plus(.07 * (own.fractal(u*14, v*22, 3) - .5))
			body = mix(body, p.horizon, .4*(1-depth)*smooth(top, top+.3, v))
			c = mix(c, body, smooth(top-.002, top+.002, v))
		}
		return c
	}
}

// sea is water below a low sun, whose light lies on the waves.
func sea(s seed, p palette, horizon, sunU float64) scene {
	sunV := horizon - .12
	return func(u, v float64) rgb {
		sun := math.Hypot(u-sunU, v-sunV)
		if v < horizon {
			c := mix(p.zenith, p.horizon, math.Pow(v/horizon, 1.5))
			c = mix(c, p.far, .7*smooth(.5, .72, s.fractal(u*1.5, v*9, 5)))
			return mix(c, p.light, .5*math.Exp(-sun*5)+smooth(.078, .072, sun))
		}
		depth := (v - horizon) / (1 - horizon)
		waves := s.fractal(u*9/(.15+depth), 60*math.Sqrt(depth), 4)
		c := mix(p.horizon.scale(.8), p.near, .25+.75*math.Sqrt(depth))
		c = c.plus(.22 * (waves - .5) * (.3 + depth))
		path := math.Exp(-math.Pow((u-sunU)/(.06+.22*depth), 2))
		return mix(c, p.light, path*smooth(.47, .66, waves))
	}
}

// night is a sky with northern lights, stars and a moon above a dark wood.
func night(s seed, moonU, moonV float64) scene {
	return func(u, v float64) rgb {
		c := mix(hex(0x050a1f), hex(0x17305a), v)
		if star := s.at(int(u*260), int(v*260)); star > .9965 {
			c = c.plus((star - .9965) * 220 * (1 - v))
		}
		curtain := .38 + .2*s.fractal(u*1.9, 5, 3)
		glow := smooth(curtain+.04, curtain-.02, v) * math.Exp(-(curtain-v)*6) * (.35 + .65*s.noise(u*38, 2))
		if v < curtain+.04 {
			c = mix(c, mix(hex(0x3dffa6), hex(0x8a4dff), (curtain-v)*4), .8*clamp(glow))
		}
		moon := math.Hypot(u-moonU, v-moonV)
		c = mix(c, hex(0xf4f1de), smooth(.062, .057, moon)+.18*math.Exp(-moon*12))
		top := .86 - .1*s.fractal(u*2, 9, 3) - .07*math.Abs(math.Sin(u*37+6*s.noise(u*9, 4)))*s.noise(u*23, 8)
		return mix(c, hex(0x04070f), smooth(top-.003, top+.003, v))
	}
}
