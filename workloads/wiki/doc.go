// Package wiki answers what something is with the first sentence of its article
// in Wikipedia.
//
// Client asks Wikipedia politely: it names itself, keeps to a rate, waits when
// it is asked to, and never reads more than a bounded answer. Function is the
// grid's function around it, which knows neither cloud nor queue; package
// wikijob is the job kind for thousands of entities.
//
// The text of Wikipedia is under CC BY-SA 4.0: whoever shows a sentence to
// others names the article, whose address is in Answer.URL.
package wiki
