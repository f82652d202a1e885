/* SPDX-License-Identifier: Apache-2.0 */
/* Version of the generated files that this firmware understands.
 *
 * Each generated header checks it and stops the build when it was made by another
 * generator. Raise it together with FORMAT_VERSION in codegen/kws_codegen/__init__.py. */
#ifndef KWS_FORMAT_H
#define KWS_FORMAT_H

#define KWS_FORMAT_VERSION 3

#endif
