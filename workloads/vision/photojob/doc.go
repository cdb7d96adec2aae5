// Package photojob has the job kinds that look at photos on the worker's
// volume: "vision" looks at each photo of a list, and "vision-duplicates"
// finds, in what any number of those jobs wrote, the photos that look alike.
//
// Below the output folder a vision job writes
//
//	index/JOB.jsonl      what it found, one photo a line
//	thumbnails/FILE.jpg  each photo, upright and small
//	annotated/FILE.jpg   each photo with its faces, corners and edges
//
// Every file is written beside its place and renamed, so that whoever reads
// finds it whole, and a job that runs again writes the same.
package photojob
