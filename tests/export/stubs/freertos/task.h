/* Included after FreeRTOS.h, which declares everything here. */
