package vision

import "encoding/binary"

// Where the orientation stands in EXIF data (Exif 2.32, section 4.6.4).
const (
	orientationTag = 0x0112
	typeShort      = 3
	entryBytes     = 12
)

// exifOrientation finds the orientation in EXIF data, which begins with a TIFF
// header. EXIF data that make no sense do not make the photo a broken one: the
// orientation is then TopLeft, as stored.
func exifOrientation(data []byte) Orientation {
	if len(data) < 8 {
		return TopLeft
	}
	var order binary.ByteOrder
	switch string(data[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return TopLeft
	}
	at := int64(order.Uint32(data[4:]))
	if at+2 > int64(len(data)) {
		return TopLeft
	}
	entries := data[at+2:]
	for range order.Uint16(data[at:]) {
		if len(entries) < entryBytes {
			return TopLeft
		}
		if order.Uint16(entries) == orientationTag && order.Uint16(entries[2:]) == typeShort {
			if o := order.Uint16(entries[8:]); o >= uint16(TopLeft) && o <= uint16(LeftBottom) {
				return Orientation(o)
			}
			return TopLeft
		}
		entries = entries[entryBytes:]
	}
	return TopLeft
}
