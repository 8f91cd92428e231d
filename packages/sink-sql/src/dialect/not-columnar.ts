/** Records that only become changes one by one: what is wrong or special about them is found and told there. */
export class NotColumnar extends Error {}
