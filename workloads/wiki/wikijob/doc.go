// Package wikijob is the job kind "wiki": the first sentence of the articles of
// up to hundreds of thousands of entities.
//
// A job asks with a bounded number of requests at a time and a bounded rate,
// keeps what it learns in a cache on the volume, which all jobs share, and
// writes one line of JSON for each entity, in their order. One that is
// interrupted goes on where it was.
package wikijob
