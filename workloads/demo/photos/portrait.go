package photos

import "math"

// portrait is a head seen from the front, drawn so that a detector of faces
// takes it for one: what counts for that is where it is dark and light.
func portrait(s seed, skin, hair, shirt, wall rgb) scene {
	const u0, v0 = .4, .46 // the middle of the face; the picture is .8 wide
	return func(u, v float64) rgb {
		c := mix(wall, wall.scale(.55), smooth(0, .8, math.Hypot(u-.25, v-.2))).plus(.05 * (s.fractal(u*3, v*3, 3) - .5))
		c = mix(c, shirt.plus(.12*(s.noise(u*50, v*4)-.5)), smooth(1.01, .99, ellipse(u, v, u0, 1.05, .37, .25)))
		c = mix(c, hair, smooth(1.03, .98, ellipse(u, v, u0, v0-.07, .235, .285)))
		c = mix(c, skin.scale(.68), smooth(1.05, .97, ellipse(u, v, u0, .77, .085, .13)))
		return mix(c, face(u-u0, v-v0, skin, hair), smooth(1.02, .98, ellipse(u, v, u0, v0, .19, .255)))
	}
}

// face is the skin with eyes, nose and mouth, around its middle.
func face(u, v float64, skin, hair rgb) rgb {
	c := mix(skin.scale(1.08), skin.scale(.7), smooth(.35, 1.05, ellipse(u, v, -.02, 0, .19, .255)))
	c = mix(c, hair, smooth(-.135, -.165, v+.5*u*u))
	side := math.Abs(u)
	c = mix(c, skin.scale(.5), .75*smooth(1.3, .3, ellipse(side, v, .08, -.045, .062, .045)))
	c = mix(c, hair.scale(.8), smooth(1.1, .8, ellipse(side, v+.12*side, .08, -.085, .052, .012)))
	c = mix(c, hex(0xece7e0), smooth(1.1, .9, ellipse(side, v, .08, -.04, .036, .017)))
	c = mix(c, hex(0x1c1410), smooth(1.1, .9, ellipse(side, v, .08, -.04, .017, .018)))
	c = mix(c, skin.scale(1.2), .6*smooth(1.2, .2, ellipse(u, v, 0, .0, .016, .075)))
	c = mix(c, skin.scale(.48), .8*smooth(1.2, .5, ellipse(side, v, .02, .072, .014, .009)))
	c = mix(c, skin.scale(.62), .5*smooth(1.2, .3, ellipse(u, v, 0, .085, .04, .012)))
	c = mix(c, hex(0x8c3a36), smooth(1.1, .85, ellipse(u, v, 0, .14, .068, .022)))
	c = mix(c, hex(0x4a1a1a), smooth(1.2, .7, ellipse(u, v, 0, .138+.4*u*u, .062, .005)))
	return mix(c, skin.scale(.66), .5*smooth(1.3, .3, ellipse(u, v, 0, .178, .045, .012)))
}
