/** Kafka Connect's version whose behaviour `GET /` claims; clients switch features on it. */
export const version = '4.3.0';
