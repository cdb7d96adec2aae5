// Package vision looks at photos. It reads JPEG, PNG and WebP files that it
// does not trust, turns them upright and shrinks them, and finds faces,
// corners, edges and photos that look alike. It knows neither files nor
// queues: bytes in, pictures and numbers out. The job kinds are in package
// photojob.
//
// A picture is an image.YCbCr without subsampled chroma, its corner at 0,0:
// its Y plane is the luma that everything else works on, the one that OpenCV
// calls gray. Every function works on one goroutine and keeps nothing; all are
// safe for concurrent use on different pictures.
package vision
