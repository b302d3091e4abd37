# One installable archive out of many targets, so that a user links one file and needs nothing of our
# build's inner structure.
#
#   pawl_bundle(NAME ROOT target EXPORT_NAME name OUTPUT file [WITHOUT bundle])
#
# NAME is a static library with the objects of `target` and of all pawl_ targets that it links, directly
# or not; what is not ours becomes a PUBLIC dependency. WITHOUT names a bundle whose objects are left out
# and which is linked instead.
include_guard()

# Appends `target` and the pawl_ targets under it to the global property PAWL_OUR, what else they link to
# PAWL_OTHERS.
function(pawl_collect target)
  get_property(our GLOBAL PROPERTY PAWL_OUR)
  if(target IN_LIST our)
    return()
  endif()
  set_property(GLOBAL APPEND PROPERTY PAWL_OUR ${target})
  get_target_property(libraries ${target} LINK_LIBRARIES)
  foreach(library ${libraries})
    if(library MATCHES "^pawl_" AND NOT library STREQUAL "pawl_options")
      pawl_collect(${library})
    elseif(library AND NOT library STREQUAL "pawl_options")
      set_property(GLOBAL APPEND PROPERTY PAWL_OTHERS ${library})
    endif()
  endforeach()
endfunction()

function(pawl_bundle name)
  cmake_parse_arguments(ARG "" "ROOT;EXPORT_NAME;OUTPUT;WITHOUT" "" ${ARGN})
  set_property(GLOBAL PROPERTY PAWL_OUR)
  set_property(GLOBAL PROPERTY PAWL_OTHERS)
  pawl_collect(${ARG_ROOT})
  get_property(our GLOBAL PROPERTY PAWL_OUR)
  get_property(others GLOBAL PROPERTY PAWL_OTHERS)
  if(ARG_WITHOUT)
    get_target_property(left_out ${ARG_WITHOUT} PAWL_BUNDLED)
    list(REMOVE_ITEM our ${left_out})
    list(APPEND others ${ARG_WITHOUT})
  endif()
  list(REMOVE_DUPLICATES others)
  set(objects)
  foreach(target ${our})
    get_target_property(type ${target} TYPE)
    if(NOT type STREQUAL INTERFACE_LIBRARY)  # headers only
      list(APPEND objects $<TARGET_OBJECTS:${target}>)
    endif()
  endforeach()
  add_library(${name} STATIC ${objects})
  target_link_libraries(${name} PUBLIC ${others})
  target_include_directories(${name} PUBLIC $<INSTALL_INTERFACE:include>)
  target_compile_features(${name} PUBLIC cxx_std_20)  # of the public headers
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX OUTPUT_NAME ${ARG_OUTPUT}
    EXPORT_NAME ${ARG_EXPORT_NAME} PAWL_BUNDLED "${our}"
    ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/package)
endfunction()
